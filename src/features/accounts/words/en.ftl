# Words of accounts: signing in, sessions, passphrase, people and invitations.

accounts-sign-in = Sign in
accounts-sign-in-do = Sign in
accounts-sign-out = Sign out
accounts-signed-out = You are signed out. You can come back any time.
accounts-sign-in-name = Your sign-in name
accounts-passphrase = Your passphrase
accounts-sign-in-wrong = This name and passphrase do not belong together. Please look at both and try again.
accounts-sign-in-wait = { $minutes ->
    [one] This was tried often. Please wait a minute and try again. Nothing is locked.
   *[other] This was tried often. Please wait { $minutes } minutes and try again. Nothing is locked.
}
accounts-forgot = Forgot your passphrase? Ask a host of your house. They can print a link that lets you in.
accounts-no-account = New here? A worker of your house can give you an invitation.

accounts-link = Welcome back
accounts-link-text = This link signs you in once. After that you choose a new passphrase.
accounts-link-dead = This link does not work any more
accounts-link-dead-text = It was used, or it is too old. You did nothing wrong. Ask a host for a new one.

accounts-sessions = Where you are signed in
accounts-sessions-text = These are the browsers in which you are signed in. Only you can see this list.
accounts-session-this = this one
accounts-session-days = Since { $began }. Last used { $last }.
accounts-session-end = Sign out there
accounts-session-end-this = Sign out there: { $agent }
accounts-sessions-end-others = Sign out everywhere else
accounts-session-ended = Signed out there.
accounts-sessions-ended = You are now signed in here only.
accounts-agent = { $browser } on { $system }
accounts-agent-unknown = A browser

accounts-passphrase-change = Change your passphrase
accounts-passphrase-new-one = Choose a new passphrase
accounts-passphrase-change-text = When you save it, you are signed out everywhere else.
accounts-passphrase-new-text = You came in with a link. Choose a passphrase for the next time.
accounts-passphrase-old = Your passphrase now
accounts-passphrase-new = New passphrase
accounts-passphrase-again = The same once more
accounts-passphrase-hint = At least 10 characters. A few words that you like are good. Spaces and any signs are fine.
accounts-passphrase-save = Save passphrase
accounts-passphrase-changed = Your new passphrase works from now on.
accounts-passphrase-wrong = This is not your passphrase now.
accounts-passphrase-differs = These two are not the same. Please type both again.
accounts-passphrase-short = This is too short. Please use at least 10 characters.
accounts-passphrase-long = This is too long. Please use at most 1024 characters.
accounts-passphrase-common = Many people use this one, or it is your name. Please choose another.

accounts-name-short = This name is too short.
accounts-name-long = This name is too long.
accounts-name-sign = Please use letters, numbers, spaces and - _ . ' only.
accounts-name-mixed = Please use the letters of one alphabet.
accounts-name-email = This looks like an e-mail address. Please choose a name. We do not need your address.
accounts-name-number = This looks like a telephone number or a personal number. Please choose a name.
accounts-name-taken = Someone has this sign-in name. Please choose another.

accounts-people = People
accounts-people-text = You see names for signing in and roles. You do not see who is here, or who writes under which name.
accounts-people-invite = Invite people
accounts-resting = at rest
accounts-more = More
accounts-back = Back
accounts-back-me = Back to me
accounts-back-people = Back to people
accounts-not-now = Not now
accounts-not-yours = Someone with another role looks after this account.

accounts-role = Role
accounts-role-member = Member
accounts-role-host = Host
accounts-role-moderator = Moderator
accounts-role-admin = Admin
accounts-role-auditor = Auditor
accounts-role-change = Change the role
accounts-role-hint = It counts from their next click.
accounts-role-save = Save role
accounts-role-changed = The role is changed.
accounts-last-admin = This is the last admin. Make someone else admin first.

accounts-link-make = Forgot the passphrase?
accounts-link-make-text = Print a link for this person. It works once, for 24 hours. Give it to them by hand.
accounts-link-make-do = Make a sign-in link
accounts-link-paper = A link to sign in
accounts-link-paper-text = Open this link, or point your telephone at the picture. It works once, for 24 hours.
accounts-deactivate = Put this account to rest
accounts-deactivate-text = The person cannot sign in. Nothing is deleted. You can wake the account again.
accounts-deactivate-do = Put to rest
accounts-deactivated = The account is at rest.
accounts-reactivate = Wake this account
accounts-reactivate-text = This account is at rest. The person cannot sign in.
accounts-reactivated = The account is awake. The person can sign in again.

accounts-invitations = Invitations
accounts-invitations-text = Each invitation works once, for 30 days. Print it and give it by hand. We ask for no e-mail, no telephone number and no real name.
accounts-invite-role = They come as
accounts-invite-count = How many
accounts-invite-count-wrong = Please write a number from 1 to { $most }.
accounts-invite-do = Make invitations
accounts-invitations-made = Invitations made before
accounts-invitation-open = open
accounts-invitation-until = until { $day }
accounts-invitation-used = used
accounts-invitation-revoked = withdrawn
accounts-invitation-expired = too old
accounts-invitation-withdraw = Withdraw
accounts-invitation-withdraw-this = Withdraw the invitation { $label }
accounts-invitation-withdrawn = The invitation does not work any more.
accounts-papers = Invitations to print
accounts-paper-once = You see the link only now. Print this page before you leave it.
accounts-paper-text = Hello. This is a quiet place to meet people. You choose your name there. Nobody outside can see that you are there. Open this link, or point your telephone at the picture.
accounts-paper-until = For one { $role }. Works once, until { $day }.
accounts-qr = A picture of the link, for the camera of a telephone

# Two lists of calm words; one of each makes a friendly name, such as "Quiet Willow".
accounts-calm-first = Quiet, Gentle, Early, Green, Silver, Golden, Morning, Evening, Autumn, Spring, Summer, Winter, Blue, Soft, Warm, Little, Wild, Bright, Amber, Misty, Northern, Southern, Coastal, Sunny, Mossy, Starry, Steady, Kind, Curious, Wandering
accounts-calm-second = Willow, Fern, Robin, Wren, Heron, Maple, Birch, Alder, Hazel, Rowan, Clover, Heather, Thistle, Meadow, River, Brook, Harbour, Pebble, Lantern, Cloud, Breeze, Rain, Swallow, Sparrow, Finch, Otter, Hare, Moth, Acorn, Cedar, Lark, Plover, Juniper, Bramble, Tern, Beech

# The promise of confidentiality. Who changes a sentence of -1 to -5 or of on-1 and on-2 makes VERSION in confidentiality/mod.rs one more.
accounts-confidential = My promise to keep things confidential
accounts-confidential-why = Whoever has a role here sees more of people. So everybody promises this before they get a role.
accounts-confidential-1 = What I hear, read or see here about people stays with me. That somebody is here stays with me too.
accounts-confidential-2 = I do not pass it on to family, friends, colleagues or anybody else, also not without names.
accounts-confidential-3 = I only look at what I need for my task. I talk about it only with people of this house who need it for theirs.
accounts-confidential-4 = When somebody is in danger, I follow the rules of this house. I may ask for help then.
accounts-confidential-5 = This promise goes on when I have no role any more, and after I leave. Breaking it can have consequences, also by law.
accounts-confidential-tick = I have read this, and I promise it
accounts-confidential-tick-first = Please read this and tick the box. The role needs this promise.
accounts-confidential-do = I promise this
accounts-confidential-saved = This is on record. You can read it here any time.
accounts-confidential-invited = This invitation is for a role in this house. Please read this and promise it.
accounts-confidential-on-1 = You have no role now. What you promised goes on.
accounts-confidential-on-2 = What you heard, read or saw about people here still stays with you.
accounts-confidential-on-tick = I keep to it, also from now on
accounts-confidential-on-do = Confirm
accounts-confidential-records = What is on record
accounts-confidential-said-page = You promised this here on { $date }.
accounts-confidential-said-paper = You signed this on paper on { $date }.
accounts-confidential-said-on = On { $date } you confirmed that it goes on.
accounts-confidential-of = Promise of confidentiality
accounts-confidential-none = no statement yet
accounts-confidential-how = Before somebody gets a role they promise confidentiality. They do it on this page, or on paper.
accounts-confidential-they-page = Promised on a page here, { $date }.
accounts-confidential-they-paper = Signed on paper, { $date }.
accounts-confidential-duty = This person has no role now. The duty to keep things confidential goes on.
accounts-confidential-paper = It was signed on paper
accounts-confidential-day = Day on the paper
accounts-confidential-day-hint = Keep the paper itself in the house. Here only the day is written down.
accounts-confidential-day-wrong = Write the day on the paper as year-month-day, like 2026-03-01. It cannot be in the future.
accounts-confidential-paper-do = Record the paper
accounts-confidential-recorded = It is on record that this was signed on paper.
accounts-confidential-missing = This person has not promised confidentiality yet, so they keep the role they have. They can do it at { $page }. Or an admin records the paper.
accounts-confidential-missing-refused = This person has not promised confidentiality yet, so they keep the role they have.
