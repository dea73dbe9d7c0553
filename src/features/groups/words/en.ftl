# Groups: finding, founding, joining, people, readers. Plain words, no word for illness.

groups-title = Groups
groups-mine = Your groups
groups-mine-none = You are not in a group yet. Look around below; nobody sees that you look.
groups-others = More groups
groups-others-none = There are no other groups at the moment.
groups-older = More groups
groups-home = At home in { $house }
groups-new = Start a group
groups-find = Find a group of a partner house
groups-find-address = Address of the group
groups-find-hint = Somebody in the partner house can give you this address. It begins with https://
groups-find-button = Look for it
groups-find-malformed = This is not a complete address. It looks like https://herning.example/g/abc.
groups-find-stranger = This address does not belong to a partner of our house. We can only go to groups of partners.
groups-find-nothing = We did not find a group there that is shared with our house. Check the address, or ask in the partner house.

groups-standing-pending = You asked to join. The hosts will answer.
groups-standing-invited = You are invited.
groups-standing-paused = You have a pause here until { $until }.
groups-standing-archived = Closed. You can still read it.
groups-standing-host = You host this group.
groups-standing-moderator = You help to keep this group safe.

groups-field-name = Name of the group
groups-field-name-hint = A name that says nothing about anybody's health. 2 to 80 characters.
groups-field-name-wrong = Write a name of 2 to 80 characters.
groups-field-purpose = What is it for?
groups-field-purpose-hint = A few sentences. People read them before they join.
groups-field-purpose-long = This is too long. Use at most 2,000 characters.
groups-field-rules = Rules
groups-field-rules-hint = One rule on each line. You can change these.
groups-starter-rules =
    Be kind. Everybody is here for their own reasons.
    What is said here stays here.
    Leave out real names, places and other people's stories.
    You may always stay silent.
    No details about ways to hurt yourself.
    Do not tell others to start or stop a medicine.
groups-field-host = You host it as
groups-field-host-hint = People in the group see this name.
groups-field-days = On which days do you answer?
groups-field-days-hint = People can then see when somebody is there. Leave all empty if you cannot say.
groups-field-from = From
groups-field-until = Until
groups-field-time-hint = Hours and minutes, for example 10:00.
groups-field-time-wrong = Write a time like 10:00.
groups-field-until-early = The end must be later than the beginning.
groups-field-day-missing = Choose at least one day, or leave the times empty too.
groups-field-join = Who may join?
groups-field-join-wrong = Choose who may join.
groups-join-open = Everybody who can see this group may join at once.
groups-join-ask = You ask to join, and the hosts answer.
groups-join-invite = Only people who were invited can join.
groups-field-reach = Who can read it?
groups-reach-house = This house
groups-reach-house-hint = Nothing that is written leaves this house.
groups-reach-partners = This house and partners
groups-reach-partners-hint = People of the partner houses that you choose can join, read and write.
groups-field-partners = Partner houses
groups-field-partners-hint = Only for a group with partners.
groups-field-partners-none = Choose none to keep the group in this house.
groups-field-partner-missing = Choose at least one partner house, or choose "This house".
groups-no-partners = Our house has no active partners yet.
groups-field-language = Language in this group
groups-language-any = Several, or not important
groups-language-en = English
groups-language-nl = Dutch
groups-language-da = Danish
groups-field-unlisted = Do not show it in the list of groups
groups-field-unlisted-hint = People then need a link or an invitation to find it.
groups-found-button = Start the group
groups-save-button = Save
groups-cancel = Cancel
groups-founded = Your group is there. Say hello first.
groups-saved = Saved.
groups-edit = Change the group
groups-archive = Close the group
groups-archive-text = Nobody can write or join any more. Everything that was written can still be read by the people in it.
groups-archive-button = Close for writing
groups-archived = The group is closed for writing.
groups-archived-note = This group is closed. People in it can read what was written.
groups-reopen = Open the group again
groups-reopen-text = People can write and join again.
groups-reopen-button = Open again

groups-who-reads = Who can read this?
groups-readers-house = Only people of { $house } can read this group.
groups-readers-partners = People of { $count } houses can read this group: { $names }.
groups-readers-see = In the other houses they see the name you use here. They do not see from which house you come.
groups-readers-home = { $house } keeps this group and knows that you come from this house. The other houses do not see that.
groups-readers-changed = This list became longer on { $date }. A new house only gets what is written after that.
groups-readers-seen = I have read this
groups-readers-confirmed = Thank you. You can go on writing.
groups-list-and = { $first } and { $last }

groups-rules = Rules of this group
groups-details = Good to know
groups-people-count = { $count ->
    [one] 1 person of this house is in this group.
   *[other] { $count } people of this house are in this group.
}
groups-host-is = Host: { $name }
groups-hours = { $days }, { $from } to { $until }
groups-days-run = { $first } to { $last }
groups-day-0 = Monday
groups-day-1 = Tuesday
groups-day-2 = Wednesday
groups-day-3 = Thursday
groups-day-4 = Friday
groups-day-5 = Saturday
groups-day-6 = Sunday
groups-answers = Somebody reads and answers here: { $hours }. At other times nobody may be there.
groups-answers-none = There are no fixed hours. It may take a while before somebody answers.
groups-language-is = Language: { $language }

groups-join = Join this group
groups-join-button = Join
groups-ask = Ask to join
groups-ask-button = Send the question
groups-return = Come back
groups-return-button = Come back now
groups-invited = You are invited
groups-decline-button = No, thank you
groups-not-now = Not now
groups-field-persona = Which name do you want to use here?
groups-field-persona-hint = You can use another name in every group.
groups-field-persona-missing = Choose the name you want to use.
groups-make-another-persona = Make another name
groups-no-persona = You need a name first.
groups-make-persona = Choose a name
groups-field-word = A word to the hosts
groups-field-word-hint = They read it, nobody else. You do not have to explain anything.
groups-joined = You are in. Welcome.
groups-asked = Your question is on its way. The hosts will answer.
groups-waiting = You asked to join
groups-waiting-text = The hosts will answer. You do not have to do anything.
groups-withdraw-button = Take my question back
groups-withdrawn = Done. It is as if you had not asked.
groups-refused = The hosts did not let you in this time. You may ask again later.
groups-hosts-say = The hosts write: { $text }
groups-you-paused = You can read here. You can write again from { $until }. This is only for this group.
groups-inside = You are in this group
groups-inside-as = Your name here is { $name }.
groups-open = Open the group
groups-leave = Leave
groups-leave-text = No reason needed. What you wrote stays. You can come back any time, at once.
groups-leave-button = Leave this group
groups-left = You left the group. You can come back any time.
groups-back = Back to the groups

groups-people = People in this group
groups-people-asking = Asking to join
groups-people-asking-none = Nobody is waiting.
groups-people-inside = In the group
groups-people-invited = Invited
groups-people-removed = Taken out
groups-answer-word = A word with your answer
groups-answer-yes = Let { $name } in
groups-answer-no = Not now, { $name }
groups-answered-yes = Done. They can read and write now.
groups-answered-no = Done. They see your answer.
groups-person-word = What they wrote when they asked:
groups-person-reason = What the hosts told them last:
groups-role = Role
groups-field-role = What may this person do?
groups-role-member = Member: reads and writes
groups-role-moderator = Moderator: also pauses people and takes posts away
groups-role-host = Host: also changes the group and its readers
groups-role-saved = Saved.
groups-pause = Pause
groups-pause-text = During a pause a person can read here and cannot write. It ends by itself. It is only for this group.
groups-field-days-long = How long?
groups-pause-days = { $days ->
    [one] 1 day
   *[other] { $days } days
}
groups-field-reason = What we tell this person
groups-field-reason-hint = Name the rule. Say what happened, and how they can come back.
groups-pause-button = Send and pause
groups-paused = Paused. The person sees what you wrote.
groups-paused-until = Pause until { $until }
groups-resume-button = End the pause now
groups-resumed = The pause is over.
groups-remove = Take out of the group
groups-remove-text = The person can no longer read or write here. Only a host can let them back.
groups-remove-button = Send and take out
groups-removed = Taken out. The person sees what you wrote.
groups-let-back-button = Let back in
groups-let-back = They are in again.
groups-invite = Invite
groups-field-invite = Name of a person in this house
groups-field-invite-hint = The name they use here. They get an invitation and can say no.
groups-field-invite-unknown = We do not know this name in our house. Check how it is written.
groups-invite-button = Invite
groups-invited-persona = Invited.
groups-link-text = Or make a link that lets one person in. It works once, for 14 days.
groups-link-button = Make a link
groups-link-once = Here is the link. Copy it or print it now: it is shown only this once.

groups-readers = Who can read this group
groups-readers-explain-add = When you add a house, the people in the group are told at once. The new house gets only what is written after that.
groups-readers-explain-remove = When you take a house away, its people are no longer in the group, and nothing new goes there.
groups-readers-saved = Saved. The people in the group can see the new list.

groups-error-not-found = We did not find this group or person.
groups-error-not-allowed = Only a host of this group can do this.
groups-error-last-host = You are the only host here. Make somebody else a host first, or close the group.
groups-error-archived = This group is closed. Nobody can join it now.
groups-error-invite-only = This group can only be joined with an invitation.
groups-error-removed = The hosts have taken this name out of the group. You can talk with a host about it.
groups-error-bad-invitation = This invitation was used already, or its time is over. Ask for a new one.
groups-error-no-partner = This house is not an active partner now.
groups-error-not-everyone = Groups for everyone are not switched on in this house.
groups-error-no-reason = Please write what we tell this person.
groups-error-bad-end = A pause ends within a year.
groups-error-elsewhere = This can only be done in the house where the group is at home.
groups-error-database = This did not work just now. Please try again.
