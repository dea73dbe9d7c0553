# Administratorens sider.

admin-title = Dette hus
admin-house = Husets navn
admin-name = Hvad hedder dette hus?
admin-name-hint = Medlemmer ser navnet øverst på hver side, partnerhuse ser det i deres liste. Et neutralt navn er bedst.
admin-name-save = Gem navnet
admin-name-too-long = Navnet er for langt. Højst 80 tegn.
admin-said-named = Gemt. Partnerhusene får besked.
admin-people = Mennesker
admin-people-text = Roller, og links til mennesker, der har glemt deres adgangssætning.
admin-invitations = Invitationer
admin-invitations-text = Lav links eller trykte kort, som lukker nogen ind.
admin-partners = Partnerhuse
admin-partners-text = { $count } aktive. Tilføj, sæt på pause eller afslut.
admin-queue = Det, der venter på at blive sendt
admin-queue-text = { $count } venter.
admin-help-link = Hjælp nu: numre og dør
admin-help-text = Numrene og adressen på siden Hjælp nu.
admin-lines-stale = Nogle numre på Hjælp nu er ikke prøveringet de sidste 90 dage. Ring venligst til dem.
admin-desk-title = Vagtbord
admin-desk-text = Det, du passer på her.
admin-groups = Grupper
admin-groups-text = Svar på ønsker om at være med, og hold øje med samtalerne.
admin-houses = Huse, vi deler med
admin-houses-text = Hvem vores grupper deles med.
admin-help-title = Hjælp nu: numre og dør
admin-help-intro = Alle kan se denne side, også uden at logge ind. Ring selv til hvert nummer, før du gemmer det, og igen hver 90. dag. Så længe der ikke er et eget nummer, vises de landsdækkende numre.
admin-help-line = Nummer { $number }
admin-help-label = Hvem svarer
admin-help-numbers = Telefonnummer
admin-help-numbers-hint = Højst tre, med / imellem: 113 / 0800-0113
admin-help-hours = Hvornår
admin-help-place = Hvad nummeret er til for
admin-help-lang = Vis på sider på
admin-help-lang-all = alle sprog
admin-help-danger = Nummeret er til livsfare
admin-help-called = Jeg ringede i dag, og nogen svarede
admin-help-checked = Senest prøvet: { $date }
admin-help-line-error = Nummer { $number }: { $why }
admin-help-door-legend = Vores egen dør
admin-help-door = Adresse, hvor man kan gå ind
admin-help-door-hours = Hvornår døren er åben
admin-help-peer-hours = Hvornår ligesindede svarer her på skrift
admin-help-save = Gem
admin-help-look = Se siden
admin-help-there-title = Er der nogen ved døren?
admin-help-there-no-door = Skriv først dørens adresse ovenfor, og gem den.
admin-help-there-nobody = Hjælp nu siger, at der ikke er nogen.
admin-help-there-label = Fra nu af er der nogen
admin-help-there-none = ikke mere
admin-help-there-hours = { $count ->
    [one] i en time
   *[other] i { $count } timer
}
admin-help-there-save = Sig det
admin-said-help = Gemt. Det er det, alle ser på Hjælp nu.
admin-tasks = At gøre
admin-rules = Regler for deling
admin-rules-text = Hvad der må gå til hvilken partner, og hvad en ændring ville gøre.
admin-audit = Logbog
admin-audit-text = Hvem gjorde hvad, hvornår og på hvilket grundlag. At læse den bliver også skrevet ned.
admin-glass = Bryd glasset
admin-glass-text = Læs en gruppe i en time, når et liv kan være i fare. To personer beslutter det, og alle, der har skrevet i den, får det at vide.
admin-today = I dag
admin-today-first = { $count ->
    [0] Venter på et første svar: ingen
   *[other] Venter på et første svar: { $count }
}
admin-today-oldest = Ældste: { $when }
admin-today-worries = Bekymringer: { $count }
admin-today-overdue = Senere end lovet: { $count }
admin-today-reports = Meldinger: { $count }
admin-today-mine = Hos dig: { $count }
admin-today-asking = Vil gerne være med: { $count }
admin-ledger = Hvad der forlod dette hus
admin-ledger-text = Hver besked og hver læsning, efter partner, gruppe og dag. Med eksport.
admin-erasures-late = { $count ->
    [one] Én sletning er ikke bekræftet efter tre dage.
    *[other] { $count } sletninger er ikke bekræftet efter tre dage.
}
admin-erasures-link = Se dem
admin-restored = Dette hus er sat tilbage til en ældre kopi. Intet sendes til partnere.
admin-restored-link = Se hvad der skal gøres
admin-incidents-text = Skriv det ned, se uret på 72 timer, og sig det til dem, det angår.
admin-incident-left = Noget gik galt: { $time } timer tilbage til at sige det til tilsynet
admin-incident-over = Noget gik galt: { $time } timer for sent til tilsynet
