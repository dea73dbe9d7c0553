# The admin's pages.

admin-title = This house
admin-house = Name of the house
admin-name = What is this house called?
admin-name-hint = Members see it at the top of every page, partner houses see it in their lists. A neutral name is best.
admin-name-save = Save the name
admin-name-too-long = This name is too long. 80 characters at most.
admin-said-named = Saved. Partner houses are told.
admin-people = People
admin-people-text = Roles, and links for people who forgot their passphrase.
admin-invitations = Invitations
admin-invitations-text = Make links or printed cards that let someone in.
admin-partners = Partner houses
admin-partners-text = { $count } active. Add, pause or end a partnership.
admin-queue = What waits to be sent
admin-queue-text = { $count } waiting.
admin-help-link = Help now: lines and door
admin-help-text = The numbers and the address on the Help now page.
admin-lines-stale = Some numbers on Help now were not test-called in the last 90 days. Please call them.
admin-desk-title = Desk
admin-desk-text = What you look after here.
admin-groups = Groups
admin-groups-text = Answer requests to join and look after conversations.
admin-houses = Houses we share with
admin-houses-text = With whom our groups are shared.
admin-help-title = Help now: lines and door
admin-help-intro = Everybody can see this page, also without signing in. Call every number yourself before you save it, and again every 90 days. While there is no line of your own, the national lines are shown.
admin-help-line = Line { $number }
admin-help-label = Who answers
admin-help-numbers = Number
admin-help-numbers-hint = Up to three, with / between them: 113 / 0800-0113
admin-help-hours = When
admin-help-place = Where this line is for
admin-help-lang = Show on pages in
admin-help-lang-all = every language
admin-help-danger = This line is for danger to life
admin-help-called = I called it today and someone answered
admin-help-checked = Last test call: { $date }
admin-help-line-error = Line { $number }: { $why }
admin-help-door-legend = Our own door
admin-help-door = Address where people can walk in
admin-help-door-hours = When the door is open
admin-help-peer-hours = When peers answer here in writing
admin-help-save = Save
admin-help-look = Look at the page
admin-help-there-title = Is someone at the door?
admin-help-there-no-door = Write the address of the door above first, and save it.
admin-help-there-nobody = Help now says that nobody is there.
admin-help-there-label = From now on someone is there
admin-help-there-none = not any more
admin-help-there-hours = { $count ->
    [one] for one hour
   *[other] for { $count } hours
}
admin-help-there-save = Say so
admin-said-help = Saved. This is what everybody sees on Help now.
admin-tasks = To do
admin-rules = Rules of sharing
admin-rules-text = What may flow to which partner, and what a change would do.
admin-audit = Audit log
admin-audit-text = Who did what, when and on what ground. Reading it is written down too.
admin-glass = Break the glass
admin-glass-text = Read a group for one hour when a life may be in danger. Two people decide, and everyone concerned is told.
admin-today = Today
admin-today-first = { $count ->
    [0] Waiting for a first answer: none
   *[other] Waiting for a first answer: { $count }
}
admin-today-oldest = Oldest: { $when }
admin-today-worries = Worries: { $count }
admin-today-overdue = Later than promised: { $count }
admin-today-reports = Reports: { $count }
admin-today-mine = In your hands: { $count }
admin-today-asking = Waiting to come in: { $count }
admin-ledger = What left this house
admin-ledger-text = Every message and every read, by partner, group and day. With export.
admin-erasures-late = { $count ->
    [one] One deletion is not confirmed by partners after three days.
    *[other] { $count } deletions are not confirmed by partners after three days.
}
admin-erasures-link = Look at them
admin-restored = This house was put back to an older copy. Nothing is sent to partners.
admin-restored-link = See what to do
admin-incidents-text = Write it down, see the clock of 72 hours, and tell those whom it concerns.
admin-incident-left = Something went wrong: { $time } hours left to tell the authority
admin-incident-over = Something went wrong: { $time } hours too late for the authority
