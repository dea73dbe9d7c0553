# Help now. Read by someone who may not be well: short, true, no illness words, no promises.

help-title = Help now
help-lead = You do not have to be alone with this.
help-danger-heading = Danger to life
help-danger = Danger to life: call
help-or = or
help-talk-heading = Talk to someone
help-talk = Someone listens
help-day-and-night = Day and night. You need not say your name.
help-place-nl = Netherlands
help-place-be = Flanders
help-place-dk = Denmark
help-checked = We called this number on { $date }.
help-unchecked = This house has not called this number itself yet.
help-door-heading = Open door
help-staffed = Someone is there now, until { $time }.
help-not-staffed = Nobody is there right now. Please call one of the numbers above.
help-no-name = You do not need to say your name.
help-peers-heading = Write to someone here
help-peers = People in your groups answer: { $hours }.
help-leave = Leave this page quickly
help-untracked = We do not keep who looks at this page. Your browser may remember it.

help-fault-label = Write who answers, in at most 80 characters.
help-fault-numbers = Write one to three numbers that can be dialled, with / between them.
help-fault-length = This is too long. Keep it to one short line.
