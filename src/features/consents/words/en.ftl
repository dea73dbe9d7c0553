# Words of consents: what a person said yes or no to.

consents-title = What I said yes to
consents-back = Back to my page
consents-intro = Here is every yes and every no of yours, with the words you saw. You can take each yes back. Your care stays the same.
consents-none = There is nothing here that you said yes to.
consents-house = Being here, in { $house }
consents-share = Sharing what I write in { $group }
consents-elsewhere = At another house: { $title }
consents-said-given = You said yes on { $date }.
consents-said-narrowed = You said yes to fewer houses on { $date }.
consents-said-withdrawn = You took your yes back on { $date }.
consents-said-declined = You said no on { $date }.
consents-words = This is what you saw:
consents-notice = Read what you were told about your data then
consents-basis-consent = It rests on your consent.
consents-basis-contract = It rests on what you asked us to do for you.
consents-secrecy-yes = It releases somebody from professional secrecy.
consents-secrecy-no = It releases nobody from professional secrecy.
consents-visibility = It says who can see what you write.
consents-take-back = Take my yes back
consents-take-back-text = Nothing new of yours goes to these houses from then on. What you wrote in this group is taken away everywhere, and each house confirms it.
consents-take-back-leaves = You also leave the group. We cannot hide your words from some houses and show them to others of the same group. You can come back any time.
consents-take-back-do = Take my yes back and leave the group
consents-house-back = You take this back by erasing your account.
consents-house-erase = Delete everything
consents-before = Before
