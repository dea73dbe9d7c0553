# Words of the frame: menu, foot, problem pages.

web-skip = Skip to the page
web-menu = Menu
web-menu-home = Home
web-menu-groups = Groups
web-menu-me = Me
web-menu-desk = Desk
web-menu-admin = This house
web-menu-sign-in = Sign in
web-help-now = Help now
web-language = Language
web-foot = No advertising, no tracking, no counting.

web-optional = (you may leave this empty)
web-error-heading = Please look at this again
web-required = Please fill this in.

web-problem-back = Go back
web-problem-home = To the first page
web-problem-not-found = This page is not here
web-problem-not-found-text = It may have been taken away, or it is not for you to see. You did nothing wrong.
web-problem-sign-in = Please sign in first
web-problem-sign-in-text = This page is for members. After you sign in you can go on.
web-problem-forbidden = This is for someone else
web-problem-forbidden-text = Your account cannot open this page. If you think it should, ask a host.
web-problem-refused = That did not work
web-problem-too-many = Please wait a moment
web-problem-too-many-text = { $minutes ->
    [one] This was tried often in a short time. You can try again in a minute.
   *[other] This was tried often in a short time. You can try again in { $minutes } minutes.
}
web-problem-bad-form = We could not read this form
web-problem-bad-form-text = Nothing was saved. Go back in your browser and try again. If the text is very long, make it shorter.
web-problem-other-site = We did not take this form
web-problem-other-site-text = It did not come from a page of this house, so nothing was changed. Open the page here and try again.
web-problem-other-host = This is not our address
web-problem-other-host-text = You came here under another name. Please type the address that your house gave you.
web-problem-unavailable = We cannot do this right now
web-problem-unavailable-text = Something in our house is not answering. Please try again in a few minutes. Help now still works.
web-problem-internal = Something went wrong on our side
web-problem-internal-text = This is our mistake, not yours. Please try again. If it happens again, tell a host.
web-kept = Your text is still here
web-kept-signed-out = You were signed out in the meantime. Nothing was sent. Copy your text, sign in, and send it again.
web-kept-not-here = This cannot be sent here, or not any more. Nothing was sent. Copy your text before you go on.
web-kept-busy = Something in our house does not answer. Nothing was sent. Copy your text and try again in a few minutes.
web-kept-copy = You can copy your text here.
web-kept-sign-in = Sign in on a new page
web-kept-home = To the first page
