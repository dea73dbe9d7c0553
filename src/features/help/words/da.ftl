# Hjælp nu. Kort, sandt, ingen ord om sygdom, ingen løfter.

help-title = Hjælp nu
help-lead = Du behøver ikke være alene med det her.
help-danger-heading = Livsfare
help-danger = Ved livsfare: ring
help-or = eller
help-talk-heading = Tal med nogen
help-talk = Her er der en, der lytter
help-day-and-night = Hele døgnet. Du behøver ikke sige dit navn.
help-place-nl = Nederlandene
help-place-be = Flandern
help-place-dk = Danmark
help-checked = Vi ringede til nummeret den { $date }.
help-unchecked = Huset har ikke selv ringet til nummeret endnu.
help-door-heading = Åben dør
help-staffed = Der er nogen nu, indtil { $time }.
help-not-staffed = Der er ingen lige nu. Ring til et af numrene ovenfor.
help-no-name = Du behøver ikke sige dit navn.
help-peers-heading = Skriv til nogen her
help-peers = Folk i dine grupper svarer: { $hours }.
help-leave = Forlad siden hurtigt
help-untracked = Vi gemmer ikke, hvem der ser siden. Din browser husker den måske.

help-fault-label = Skriv, hvem der svarer, med højst 80 tegn.
help-fault-numbers = Skriv et til tre numre, man kan ringe til, med / imellem.
help-fault-length = Det er for langt. Hold det på en kort linje.
