# Partners: houses that share groups with us.

partners-title = Houses we share with
partners-intro = These are other organisations. Some groups are shared with one or more of them. Each group says with which. They never get a list of the people here.
partners-none = There are no partner houses yet.
partners-no-promise = This house uses other software. It cannot promise to confirm when something is changed or taken away.
partners-state-proposed = waiting for their answer
partners-state-active = active
partners-state-paused = paused
partners-state-ended = ended
partners-since = since { $date }
partners-desk-title = Partner houses
partners-desk-intro = Only partners can speak with this house or read from it. Both sides name each other first.
partners-proposed-text = We named them. As soon as their admin names us too, it becomes active by itself.
partners-add = Add a partner
partners-add-text = Agree with the other organisation first. Give them your address: { $ours }. Both of you add the other. Adding them says yes to the standard agreement.
partners-address = Address of their house
partners-address-hint = For example https://herning.example
partners-without = They use other software (no handshake)
partners-without-hint = Then it is active at once. We cannot check that they delete what we ask them to delete.
partners-add-button = Add
partners-pause = Pause now
partners-pause-text = Nothing goes out and nothing comes in until you resume. What waits is kept.
partners-resume = Resume
partners-resume-text = What waited is sent first, in order.
partners-end = End this partnership
partners-end-text = They are asked to erase every copy they hold, and their receipts are listed here. Nothing else flows. Memberships across both houses end.
partners-end-button = End it
partners-waiting = What waits for them
partners-back = All partner houses
partners-error-address = Please write the whole address, for example https://herning.example, without anything after it.
partners-error-ourselves = This is your own address. Write the address of the other house.
partners-error-https = The address must begin with https://.
partners-error-unknown = This partner is not known any more.
partners-error-state = That cannot be done in the state this partnership is in. Look at its page again.
partners-error-later = This could not be done now. Please try again in a minute.
partners-said-named = Added. It becomes active by itself when both sides have named each other.
partners-said-paused = Paused. Nothing moves now.
partners-said-resumed = Resumed. What waited is being sent.
partners-said-ended = Ended. They are asked to erase what they hold.
partners-said-retry = It is tried again now.
partners-queue-link = What waits to be sent
partners-queue-title = What waits to be sent
partners-queue-intro = Every message to a partner stands here until it has arrived. You see its kind, never its text.
partners-queue-all = Show what arrived, too
partners-queue-only-open = Show only what is open
partners-queue-empty = Nothing is waiting.
partners-queue-written = Written
partners-queue-partner = To
partners-queue-kind = Kind
partners-queue-state = State
partners-queue-tries = Tries
partners-queue-do = Do
partners-queue-waiting = waiting
partners-queue-delivered = arrived
partners-queue-refused = refused by them
partners-queue-gave_up = given up
partners-queue-cancelled = not needed any more
partners-queue-held = held, the writer has paused everything
partners-queue-next = Tried { $attempts } times. Next try: { $time }
partners-queue-then = next try { $time }
partners-verb-accept = An answer or a receipt
partners-verb-announce = Something new in a group
partners-verb-create = A post
partners-verb-delete = Something to erase
partners-verb-flag = A report or a worry
partners-verb-follow = Asking to join
partners-verb-offer = An offer of an agreement
partners-verb-reject = A no
partners-verb-undo = Something taken back
partners-verb-update = A change
partners-verb-other = Something else
partners-queue-retry = Try now
partners-queue-older = Older
partners-parked-title = What was put aside
partners-parked-intro = These messages were taken, and then something broke. Nothing of them was done. You see their kind, never their text. If they break again after an update, tell those who make Haven.
partners-parked-came = Messages from partners
partners-parked-own = Work of this house
partners-parked-none = Nothing is put aside.
partners-parked-when = When
partners-parked-why = Why
partners-parked-from = { $kind }, from { $house }
partners-parked-work = Work inside this house ({ $kind })
partners-parked-panicked = A fault in the program
partners-parked-database = The database did not take it
partners-parked-some = { $count ->
    [one] One thing was put aside because something broke.
   *[other] { $count } things were put aside because something broke.
  }
partners-parked-link = Look at it
partners-essence = What they say of themselves
partners-not-confirmed = Nobody of that house has confirmed this yet.
partners-what-flows = What we share
partners-never = They never get a list of the people here.
partners-groups-shared =
    { $count ->
        [one] One group of our house is shared with them.
       *[other] { $count } groups of our house are shared with them.
    }
partners-field-purpose = What for
partners-field-role = Who answers for the data
partners-role-separate = Each house for itself
partners-role-joint = Both houses together
partners-role-processor = They act for the other house
partners-field-country = Country where the data is kept
partners-field-country-hint = Two letters, for example NL or DK
partners-field-contact = Contact for data protection
partners-field-hours = Hours when somebody is there
partners-field-hours-hint = For example Mo-Fr 09:00-17:00
partners-field-worry = Who takes a worry
partners-field-worry-hint = A name of a desk or a telephone number. Partner houses and members read it.
partners-field-retention = How long copies are kept after the end
partners-field-retention-hint = In days. 0 means that they are erased at once.
partners-days =
    { $count ->
        [0] not at all
        [one] one day
       *[other] { $count } days
    }
partners-flow-groups-yes = Groups may be shared
partners-flow-groups-no = No groups may be shared
partners-flow-media-yes = Pictures of shared groups go along
partners-flow-media-no = Pictures stay in their own house
partners-flow-directory-yes = Shared groups stand in the other house's list of groups
partners-flow-directory-no = Shared groups do not stand in the other house's list
partners-until = The agreement ends on { $date }
partners-no-end = The agreement has no last day
partners-stage-proposed = We named them. As soon as both sides say yes to the same terms, the houses test each other.
partners-stage-agreed = Both sides said yes. Now the houses test each other. After a good test it becomes active by itself.
partners-stage-tested = The test was good.
partners-over = The agreement ended on { $date }. Agree anew, or end the partnership.
partners-trouble-other-terms = They offer other terms than we do. Look at their offer below and answer it.
partners-trouble-changed = They said yes to an older version of our offer. So nothing is agreed yet. They have the new offer; wait for their answer.
partners-trouble-declined = They said no to our offer. Change the terms below to offer again, or end it.
partners-trouble-no-terms = Their offer says nothing about terms. Ask them to update their software.
partners-ended-by-us = We ended it.
partners-ended-by-them = They ended it.
partners-they-say = They say: "{ $words }"
partners-offer = Their offer
partners-offer-text = What they say of themselves stands below. With a yes, this holds for both houses.
partners-accept = Say yes
partners-decline = Say no
partners-decline-words = A sentence for their admin
partners-receipts-title = Erasure of what they hold
partners-receipts = { $confirmed } of { $told } copies are confirmed as erased.
partners-declared = What they declare
partners-declared-nothing = They have not said anything about themselves yet.
partners-write-down = Write down what they say
partners-write-down-save = Keep it
partners-agreement = Agreement
partners-nothing-agreed = Nothing is agreed yet.
partners-agreed-at = Agreed on { $date }
partners-terms = Offer other terms
partners-terms-text = They have to say yes first. Until then, what was agreed before holds.
partners-expires = Last day of the agreement
partners-stop-when-over = Pause by itself when the agreement is over
partners-terms-save = Offer these terms
partners-signed-at = The signed text was attached on { $date }.
partners-signed-read = Read it
partners-attach = Attach the signed text
partners-attach-text = The text that both houses signed
partners-attach-save = Attach
partners-test = Test
partners-test-text = A small test post is sent, changed and erased. Nobody sees it. They confirm each step. It runs every night.
partners-test-good = The last test was good: post, change and erasure are confirmed.
partners-test-running = The test is running. Look again in a minute.
partners-test-failed-post = The test failed: they did not confirm the post.
partners-test-failed-edit = The test failed: they did not confirm the change.
partners-test-failed-erase = The test failed: they did not confirm the erasure.
partners-test-last = Last good test: { $date }
partners-test-button = Test now
partners-end-words = A sentence for their admin
partners-own-title = What our house declares
partners-own-intro = Partner houses get this with our offer. Their members can read it.
partners-own-unconfirmed = Nobody has confirmed this yet. Look whether it is true, change it, and save.
partners-own-confirmed = Confirmed on { $date }
partners-own-save = This is true – save
partners-error-country = Write the two letters of a country, for example NL.
partners-error-hours = Write days and hours like Mo-Fr 09:00-17:00.
partners-error-retention = Write a number of days from 0 to 3650.
partners-error-date = Choose a day, or leave it empty.
partners-error-signed = Paste the text. It can have at most one million letters.
partners-error-no-offer = No offer of theirs waits for an answer any more.
partners-error-offer-changed = They changed their offer in the meantime. Look at it again before you answer.
partners-error-incomplete = Fill in purpose, contact, country, hours and who takes a worry.
partners-error-other-software = This house uses other software. It cannot do that.
partners-error-other-way = This house is a partner already, in the other way (with or without the handshake). End that first, then add it again.
partners-error-test-runs = A test is under way. Its end stands on this page within ten minutes.
partners-error-what-if = Choose a partner, and for sharing a group as well.
partners-said-accepted = You said yes. Now the houses test each other.
partners-said-declined = You said no. They are told.
partners-said-terms = Saved. They are asked.
partners-said-declared = Saved.
partners-said-attached = The text is attached.
partners-said-test = The test has begun.
partners-said-rules = The rules hold now.
partners-policy-title = Rules of sharing
partners-policy-intro = The narrowest rule wins: a rule for a group at a partner, then for a partner or a group, then for the house.
partners-rule-house = The whole house
partners-rule-share = Groups of our house may be shared
partners-rule-directory = Shared groups stand in their list of groups
partners-rule-media = Pictures of shared groups go along
partners-rule-join = Our people may join their groups
partners-rule-strangers = Our people may join groups that other organisations read too
partners-rule-known = Organisations that we know without being partners
partners-rule-known-hint = One address on each line
partners-rule-as-house = As for the house
partners-rule-allow = Yes
partners-rule-deny = No
partners-rule-none = no rule
partners-strangers-allow = Yes, always
partners-strangers-known = Only if we know all of them
partners-strangers-never = No
partners-rules-save = Save the rules
partners-rules-for = Rules for this partner
partners-rule-groups = Groups that may be shared with them all the same
partners-rule-groups-hint = If sharing is "No" above, only these may be shared.
partners-exceptions = Exceptions
partners-export = Download the rules as a file
partners-import-title = Rules as a file
partners-import-book = Text of the file
partners-import-hint = Paste a file here. You first see what would change.
partners-import-look = See what would change
partners-import-same = This file changes nothing.
partners-import-changes = These rules would change:
partners-import-change = { $scope }: { $what } – now { $before }, then { $after }
partners-import-do = Put these rules in force
partners-import-nothing = Nothing was changed. Mend this in the file and try again.
partners-book-unreadable = This file cannot be read: { $what }
partners-book-unknown-rule = The file has a rule that we do not know: { $what }
partners-book-bad-value = A rule cannot have this value: { $what }
partners-book-unknown-partner = The file names a partner that is not known here: { $what }. Add it first.
partners-book-unknown-group = The file names a group that is not known here: { $what }
partners-book-twice = The file says two things about the same: { $what }
partners-book-version = The file is of version { $what }. We read version 1.
partners-dry-title = What would change if …
partners-dry-intro = Nothing is changed by looking. The last 30 days are judged as if it were so.
partners-dry-what = What
partners-dry-partner = Partner
partners-dry-which-group = Group
partners-dry-which-group-hint = Only for sharing
partners-dry-look = Look
partners-dry-pause = pause the partner
partners-dry-resume = let the partner go on
partners-dry-end = end the partnership
partners-dry-share = share a group
partners-dry-unshare = stop sharing a group
partners-dry-stop = Messages of the last 30 days that would not have gone: { $count }
partners-dry-start = Messages that would go besides, of the last 30 days or of what waits: { $count }
partners-dry-same = Messages that would have gone as they did: { $count }
partners-dry-held = Messages that wait now and would wait on: { $count }
partners-dry-dropped = Messages that wait now and would never be sent: { $count }
partners-dry-erase-there = Copies at the partner that would have to be erased: { $count }
partners-dry-erase-here = Copies of the partner that would be erased here: { $count }
partners-dry-relations = Memberships that would end: { $count }
partners-dry-groups = Groups
partners-dry-group = { $group } ({ $partner }): { $theirs } of theirs, { $ours } of ours
partners-dry-examples = Examples
partners-task-declare = Confirm what our house declares: hours, contact, who takes a worry.
partners-task-answer = { $house } waits for our answer to its offer.
partners-task-changed = { $house } said yes to an older version of our offer.
partners-task-declined = { $house } said no to our offer.
partners-task-no-terms = The offer of { $house } says nothing about terms.
partners-task-test = The last test at { $house } failed.
partners-task-expires = The agreement with { $house } ends on { $date }.
partners-task-over = The agreement with { $house } ended on { $date }.
partners-task-write-down = Write down what { $house } says of itself. It cannot tell us by itself.
partners-error-declared-anew = They declare something else since. Look at it again.
partners-said-looked = Thank you. What they declare now is known.
partners-changed-title = They declare something else now
partners-changed-text = Look at both. For what is shared the left side holds until you have seen it. Who can be reached and when is shown to everybody as it is now.
partners-changed-what = What
partners-changed-before = Agreed
partners-changed-now = Now
partners-changed-seen = I have seen it
partners-paused-widened = This house addressed to the whole world what was written for a few. So it is paused. Talk with its admin. Then let it go on, or end it.
partners-paused-gone = The server of this house says that it is gone for good. So the partnership is paused; what waits is kept. Ask their admin. Then let it go on, or end it.
partners-undeclared = They do not say when somebody is there, or who takes a worry. So no group is shared with them.
partners-task-widened = { $house } is paused. It addressed to the whole world what was written for a few.
partners-task-gone = { $house } is paused. Its server says that it is gone for good.
partners-task-declared = { $house } declares something else now. Look at it.
partners-task-undeclared = { $house } does not say when somebody is there or who takes a worry. No group is shared with it.
partners-stale = Somebody changed this while you were here. Nothing was applied. What you chose stands below. Compare it with what holds now, then save again.
partners-dry-look-first = What would change?
partners-dry-do = Do exactly this
partners-dry-back = Back without changing anything
partners-dry-add = add the house
partners-dry-add-title = What if we added a house?
partners-dry-flows = What would flow otherwise
partners-dry-flow-share = Sharing the group
partners-dry-flow-may-share = A host could share it with them
partners-dry-flow-directory = Standing in their list of groups
partners-dry-flow-media = Pictures of the group
partners-dry-flow-join = Our people joining
partners-dry-would-stop = Would stop: { $what }. { $reason }
partners-dry-would-start = Would start: { $what }. Until now: { $reason }
partners-reason-not-yet-partner = Both sides have not agreed yet.
partners-reason-paused-partner = The partner is paused.
partners-reason-ended-partner = The partnership is over.
partners-reason-not-shared = The group is not shared with them.
partners-reason-outside-audience = It was not written for them.
partners-reason-not-agreed = The agreement does not allow it.
partners-reason-not-declared = They do not say when somebody is there or who takes a worry.
partners-reason-ruled = A rule of our house says no.
partners-reason-unknown-readers = An organisation that we do not know reads along.
partners-reason-other-readers = Other organisations read along.
partners-reason-other = It cannot go.
partners-verb-read = Something they read
partners-readers-same = The same houses would read the group as now.
partners-readers-refused =
    { $count ->
        [one] One house you chose may not read this group. You cannot save before you take it off.
       *[other] { $count } houses you chose may not read this group. You cannot save before you take them off.
    }
partners-readers-begin =
    { $count ->
        [one] One house would begin to read the group.
       *[other] { $count } houses would begin to read the group.
    }
partners-readers-told =
    { $count ->
        [one] The one person of our house in the group is told first.
       *[other] The { $count } people of our house in the group are told first.
    }
partners-readers-more =
    { $count ->
        [0] There were no posts in the last 30 days that would have gone there too.
        [one] One post of the last 30 days would have gone there too. What is written already does not go there.
       *[other] { $count } posts of the last 30 days would have gone there too. What is written already does not go there.
    }
partners-readers-stop =
    { $count ->
        [one] One house would stop reading the group.
       *[other] { $count } houses would stop reading the group.
    }
partners-readers-less =
    { $count ->
        [0] No post of the last 30 days would have stayed away from there.
        [one] One post of the last 30 days would not have gone there.
       *[other] { $count } posts of the last 30 days would not have gone there.
    }
partners-readers-dropped =
    { $count ->
        [one] One message that waits now would never be sent.
       *[other] { $count } messages that wait now would never be sent.
    }
partners-readers-relations-few = A few people from there would no longer be in the group.
partners-readers-relations = { $count } people from there would no longer be in the group.
partners-readers-copies =
    { $count ->
        [0] No copies of posts are there now.
        [one] One copy of a post is there now. It stays there. If the post is deleted here, they are told.
       *[other] { $count } copies of posts are there now. They stay there. If a post is deleted here, they are told.
    }
partners-readers-stay =
    { $count ->
        [one] One house would read on as it does now.
       *[other] { $count } houses would read on as they do now.
    }
partners-unsigned = Before this house can have partners, the section about partners in the assessment of risks has to be signed.
partners-unsigned-link = Read and sign
partners-unsigned-kept = Nothing was done. What you typed is still here.
partners-unsigned-present = Partners that are there now go on as before. New ones have to wait.
partners-signed-changed = The text about partners in the assessment of risks has changed since it was signed.
