# De pagina's van de beheerder.

admin-title = Dit huis
admin-house = Naam van het huis
admin-name = Hoe heet dit huis?
admin-name-hint = Leden zien de naam boven elke pagina, partnerhuizen in hun lijst. Een neutrale naam is het beste.
admin-name-save = De naam bewaren
admin-name-too-long = Deze naam is te lang. Hoogstens 80 tekens.
admin-said-named = Bewaard. De partnerhuizen krijgen bericht.
admin-people = Mensen
admin-people-text = Rollen, en links voor mensen die hun wachtzin zijn vergeten.
admin-invitations = Uitnodigingen
admin-invitations-text = Maak links of geprinte kaartjes waarmee iemand binnen kan.
admin-partners = Partnerhuizen
admin-partners-text = { $count } actief. Voeg toe, pauzeer of stop.
admin-queue = Wat nog verstuurd moet worden
admin-queue-text = { $count } wachten.
admin-help-link = Hulp nu: nummers en deur
admin-help-text = De nummers en het adres op de pagina Hulp nu.
admin-lines-stale = Sommige nummers op Hulp nu zijn de laatste 90 dagen niet gebeld om te testen. Bel ze alsjeblieft.
admin-desk-title = Balie
admin-desk-text = Waar jij hier voor zorgt.
admin-groups = Groepen
admin-groups-text = Beantwoord verzoeken om mee te doen en let op de gesprekken.
admin-houses = Huizen waarmee we delen
admin-houses-text = Met wie onze groepen gedeeld zijn.
admin-help-title = Hulp nu: nummers en deur
admin-help-intro = Iedereen kan deze pagina zien, ook zonder aanmelden. Bel elk nummer zelf voor je het bewaart, en daarna elke 90 dagen. Zolang er geen eigen nummer staat, tonen we de landelijke nummers.
admin-help-line = Nummer { $number }
admin-help-label = Wie neemt op
admin-help-numbers = Telefoonnummer
admin-help-numbers-hint = Hoogstens drie, met / ertussen: 113 / 0800-0113
admin-help-hours = Wanneer
admin-help-place = Waar dit nummer voor is
admin-help-lang = Tonen op pagina's in het
admin-help-lang-all = elke taal
admin-help-danger = Dit nummer is voor levensgevaar
admin-help-called = Ik heb vandaag gebeld en er nam iemand op
admin-help-checked = Laatst getest: { $date }
admin-help-line-error = Nummer { $number }: { $why }
admin-help-door-legend = Onze eigen deur
admin-help-door = Adres waar mensen binnen kunnen lopen
admin-help-door-hours = Wanneer de deur open is
admin-help-peer-hours = Wanneer lotgenoten hier schriftelijk antwoorden
admin-help-save = Bewaren
admin-help-look = De pagina bekijken
admin-help-there-title = Is er iemand aan de deur?
admin-help-there-no-door = Schrijf eerst hierboven het adres van de deur op, en bewaar het.
admin-help-there-nobody = Hulp nu zegt dat er niemand is.
admin-help-there-label = Vanaf nu is er iemand
admin-help-there-none = niet meer
admin-help-there-hours = { $count ->
    [one] een uur lang
   *[other] { $count } uur lang
}
admin-help-there-save = Zeg het
admin-said-help = Bewaard. Dit ziet iedereen op Hulp nu.
admin-tasks = Te doen
admin-rules = Regels voor delen
admin-rules-text = Wat er naar welke partner mag, en wat een verandering zou doen.
admin-audit = Logboek
admin-audit-text = Wie wat deed, wanneer en waarom het mocht. Ook het lezen ervan wordt opgeschreven.
admin-glass = Glas breken
admin-glass-text = Lees een uur lang een groep als er een leven in gevaar kan zijn. Twee mensen beslissen, en iedereen die erin schreef krijgt bericht.
admin-today = Vandaag
admin-today-first = { $count ->
    [0] Wacht op een eerste antwoord: niets
   *[other] Wacht op een eerste antwoord: { $count }
}
admin-today-oldest = Oudste: { $when }
admin-today-worries = Zorgen: { $count }
admin-today-overdue = Later dan beloofd: { $count }
admin-today-reports = Meldingen: { $count }
admin-today-mine = Bij jou: { $count }
admin-today-asking = Wil meedoen: { $count }
admin-ledger = Wat uit dit huis ging
admin-ledger-text = Elk bericht en elke keer lezen, per partner, groep en dag. Met export.
admin-erasures-late = { $count ->
    [one] Eén keer wissen is na drie dagen nog niet bevestigd.
    *[other] { $count } keer wissen is na drie dagen nog niet bevestigd.
}
admin-erasures-link = Bekijk ze
admin-restored = Dit huis is teruggezet naar een oudere kopie. Er gaat niets naar partners.
admin-restored-link = Wat nu te doen
admin-incidents-text = Schrijf het op, zie de klok van 72 uur, en vertel het aan wie het aangaat.
admin-incident-left = Er ging iets mis: nog { $time } uur om het te melden bij de toezichthouder
admin-incident-over = Er ging iets mis: { $time } uur te laat voor de toezichthouder
