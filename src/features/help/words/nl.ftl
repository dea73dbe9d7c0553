# Hulp nu. Kort, waar, geen woorden over ziekte, geen beloftes.

help-title = Hulp nu
help-lead = Je hoeft hier niet alleen mee te zitten.
help-danger-heading = Levensgevaar
help-danger = Bij levensgevaar: bel
help-or = of
help-talk-heading = Praat met iemand
help-talk = Er luistert iemand
help-day-and-night = Dag en nacht. Je hoeft je naam niet te zeggen.
help-place-nl = Nederland
help-place-be = Vlaanderen
help-place-dk = Denemarken
help-checked = Wij hebben dit nummer gebeld op { $date }.
help-unchecked = Dit huis heeft dit nummer nog niet zelf gebeld.
help-door-heading = Open deur
help-staffed = Er is nu iemand, tot { $time }.
help-not-staffed = Er is nu niemand. Bel een van de nummers hierboven.
help-no-name = Je hoeft je naam niet te zeggen.
help-peers-heading = Schrijf iemand hier
help-peers = Mensen in je groepen antwoorden: { $hours }.
help-leave = Snel weg van deze pagina
help-untracked = Wij bewaren niet wie deze pagina bekijkt. Je browser onthoudt haar misschien wel.

help-fault-label = Schrijf wie er opneemt, in hoogstens 80 tekens.
help-fault-numbers = Schrijf een tot drie nummers die je kunt bellen, met / ertussen.
help-fault-length = Dit is te lang. Houd het bij één korte regel.
