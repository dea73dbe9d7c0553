# Partnere: huse, der deler grupper med os.

partners-title = Huse, vi deler med
partners-intro = Det er andre organisationer. Nogle grupper deles med en eller flere af dem. Hver gruppe siger med hvem. De får aldrig en liste over menneskerne her.
partners-none = Der er ingen partnerhuse endnu.
partners-no-promise = Dette hus bruger anden software. Det kan ikke love at bekræfte, når noget ændres eller fjernes.
partners-state-proposed = venter på deres svar
partners-state-active = aktiv
partners-state-paused = på pause
partners-state-ended = afsluttet
partners-since = siden { $date }
partners-desk-title = Partnerhuse
partners-desk-intro = Kun partnere kan tale med dette hus eller læse fra det. Først nævner begge sider hinanden.
partners-proposed-text = Vi har nævnt dem. Så snart deres administrator også nævner os, bliver det aktivt af sig selv.
partners-add = Tilføj en partner
partners-add-text = Aftal det først med den anden organisation. Giv dem jeres adresse: { $ours }. I tilføjer begge hinanden. At tilføje er at sige ja til standardaftalen.
partners-address = Adressen på deres hus
partners-address-hint = For eksempel https://herning.example
partners-without = De bruger anden software (uden håndtryk)
partners-without-hint = Så er det aktivt med det samme. Vi kan ikke se efter, om de sletter det, vi beder dem slette.
partners-add-button = Tilføj
partners-pause = Sæt på pause nu
partners-pause-text = Intet går ud, og intet kommer ind, før du fortsætter. Det, der venter, bliver gemt.
partners-resume = Fortsæt
partners-resume-text = Det, der ventede, sendes først og i rækkefølge.
partners-end = Afslut dette partnerskab
partners-end-text = De bliver bedt om at slette hver kopi, og deres kvitteringer står derefter her. Intet andet går frem og tilbage. Medlemskaber på tværs af husene ender.
partners-end-button = Afslut det
partners-waiting = Det, der venter på dem
partners-back = Alle partnerhuse
partners-error-address = Skriv hele adressen, for eksempel https://herning.example, uden noget bagefter.
partners-error-ourselves = Det er jeres egen adresse. Skriv adressen på det andet hus.
partners-error-https = Adressen skal begynde med https://.
partners-error-unknown = Denne partner er ikke kendt længere.
partners-error-state = Det kan ikke gøres i den tilstand, partnerskabet er i nu. Se på siden igen.
partners-error-later = Det kunne ikke gøres nu. Prøv igen om et minut.
partners-said-named = Tilføjet. Det bliver aktivt af sig selv, når begge sider har nævnt hinanden.
partners-said-paused = På pause. Intet bevæger sig nu.
partners-said-resumed = Fortsat. Det, der ventede, bliver sendt nu.
partners-said-ended = Afsluttet. De er bedt om at slette det, de har.
partners-said-retry = Det prøves igen nu.
partners-queue-link = Det, der venter på at blive sendt
partners-queue-title = Det, der venter på at blive sendt
partners-queue-intro = Hver besked til en partner står her, til den er nået frem. Du ser dens slags, aldrig dens tekst.
partners-queue-all = Vis også det, der er nået frem
partners-queue-only-open = Vis kun det, der er åbent
partners-queue-empty = Intet venter.
partners-queue-written = Skrevet
partners-queue-partner = Til
partners-queue-kind = Slags
partners-queue-state = Tilstand
partners-queue-tries = Forsøg
partners-queue-do = Gør
partners-queue-waiting = venter
partners-queue-delivered = nået frem
partners-queue-refused = afvist af dem
partners-queue-gave_up = opgivet
partners-queue-cancelled = ikke nødvendig længere
partners-queue-held = holdt tilbage, den der skrev har sat alt på pause
partners-queue-next = Prøvet { $attempts } gange. Næste forsøg: { $time }
partners-queue-then = næste forsøg { $time }
partners-verb-accept = Et svar eller en bekræftelse
partners-verb-announce = Noget nyt i en gruppe
partners-verb-create = Et opslag
partners-verb-delete = Noget, der skal slettes
partners-verb-flag = En henvendelse eller en bekymring
partners-verb-follow = At spørge om at være med
partners-verb-offer = Et tilbud om en aftale
partners-verb-reject = Et nej
partners-verb-undo = Noget, der er taget tilbage
partners-verb-update = En ændring
partners-verb-other = Noget andet
partners-queue-retry = Prøv nu
partners-queue-older = Ældre
partners-parked-title = Det, der er lagt til side
partners-parked-intro = Disse beskeder er modtaget, og så gik noget galt. Der er ikke gjort noget ved dem. Du ser deres slags, aldrig deres tekst. Går det galt igen efter en opdatering, så sig det til dem, der laver Haven.
partners-parked-came = Beskeder fra partnere
partners-parked-own = Arbejde i dette hus
partners-parked-none = Intet er lagt til side.
partners-parked-when = Hvornår
partners-parked-why = Hvorfor
partners-parked-from = { $kind }, fra { $house }
partners-parked-work = Arbejde inde i dette hus ({ $kind })
partners-parked-panicked = En fejl i programmet
partners-parked-database = Databasen tog ikke imod det
partners-parked-some = { $count ->
    [one] Én ting er lagt til side, fordi noget gik galt.
   *[other] { $count } ting er lagt til side, fordi noget gik galt.
  }
partners-parked-link = Se på det
partners-essence = Hvad de siger om sig selv
partners-not-confirmed = Ingen fra det hus har bekræftet det endnu.
partners-what-flows = Hvad vi deler
partners-never = De får aldrig en liste over menneskerne her.
partners-groups-shared =
    { $count ->
        [one] Én gruppe fra vores hus deles med dem.
       *[other] { $count } grupper fra vores hus deles med dem.
    }
partners-field-purpose = Hvad det er til
partners-field-role = Hvem der har ansvar for data
partners-role-separate = Hvert hus for sig selv
partners-role-joint = Begge huse sammen
partners-role-processor = De handler for det andet hus
partners-field-country = Land, hvor data ligger
partners-field-country-hint = To bogstaver, for eksempel NL eller DK
partners-field-contact = Kontakt for databeskyttelse
partners-field-hours = Tider, hvor der er nogen
partners-field-hours-hint = For eksempel Mo-Fr 09:00-17:00 (mandag til fredag)
partners-field-worry = Hvem der tager imod en bekymring
partners-field-worry-hint = Navnet på en vagt eller et telefonnummer. Partnerhuse og medlemmer læser det.
partners-field-retention = Hvor længe kopier gemmes efter afslutningen
partners-field-retention-hint = I dage. 0 betyder, at de slettes med det samme.
partners-days =
    { $count ->
        [0] slet ikke
        [one] én dag
       *[other] { $count } dage
    }
partners-flow-groups-yes = Grupper må deles
partners-flow-groups-no = Ingen grupper må deles
partners-flow-media-yes = Billeder fra delte grupper følger med
partners-flow-media-no = Billeder bliver i deres eget hus
partners-flow-directory-yes = Delte grupper står på det andet hus' liste over grupper
partners-flow-directory-no = Delte grupper står ikke på det andet hus' liste
partners-until = Aftalen gælder til { $date }
partners-no-end = Aftalen har ingen slutdato
partners-stage-proposed = Vi har nævnt dem. Så snart begge sider siger ja til den samme aftale, tester husene hinanden.
partners-stage-agreed = Begge sider sagde ja. Nu tester husene hinanden. Efter en god test bliver det aktivt af sig selv.
partners-stage-tested = Testen var god.
partners-over = Aftalen udløb den { $date }. Lav en ny, eller afslut partnerskabet.
partners-trouble-other-terms = De tilbyder andre vilkår end vi. Se på deres tilbud herunder og svar.
partners-trouble-changed = De sagde ja til en ældre udgave af vores tilbud. Derfor er intet aftalt endnu. De har det nye tilbud; vent på deres svar.
partners-trouble-declined = De sagde nej til vores tilbud. Ændr vilkårene herunder for at tilbyde igen, eller afslut.
partners-trouble-no-terms = Deres tilbud siger intet om vilkår. Bed dem om at opdatere deres software.
partners-ended-by-us = Vi afsluttede det.
partners-ended-by-them = De afsluttede det.
partners-they-say = De siger: "{ $words }"
partners-offer = Deres tilbud
partners-offer-text = Hvad de siger om sig selv, står herunder. Med et ja gælder det for begge huse.
partners-accept = Sig ja
partners-decline = Sig nej
partners-decline-words = En sætning til deres administrator
partners-receipts-title = Sletning af det, de har
partners-receipts = { $confirmed } af { $told } kopier er bekræftet som slettet.
partners-declared = Hvad de erklærer
partners-declared-nothing = De har ikke sagt noget om sig selv endnu.
partners-write-down = Skriv ned, hvad de siger
partners-write-down-save = Gem
partners-agreement = Aftale
partners-nothing-agreed = Intet er aftalt endnu.
partners-agreed-at = Aftalt den { $date }
partners-terms = Tilbyd andre vilkår
partners-terms-text = De skal først sige ja. Indtil da gælder det, der var aftalt før.
partners-expires = Aftalens sidste dag
partners-stop-when-over = Sæt på pause af sig selv, når aftalen er forbi
partners-terms-save = Tilbyd disse vilkår
partners-signed-at = Den underskrevne tekst blev vedhæftet den { $date }.
partners-signed-read = Læs den
partners-attach = Vedhæft den underskrevne tekst
partners-attach-text = Teksten, som begge huse har underskrevet
partners-attach-save = Vedhæft
partners-test = Test
partners-test-text = Et lille testopslag sendes, ændres og slettes. Ingen ser det. De bekræfter hvert trin. Det sker hver nat.
partners-test-good = Den seneste test var god: opslag, ændring og sletning er bekræftet.
partners-test-running = Testen kører. Se igen om et minut.
partners-test-failed-post = Testen mislykkedes: de bekræftede ikke opslaget.
partners-test-failed-edit = Testen mislykkedes: de bekræftede ikke ændringen.
partners-test-failed-erase = Testen mislykkedes: de bekræftede ikke sletningen.
partners-test-last = Seneste gode test: { $date }
partners-test-button = Test nu
partners-end-words = En sætning til deres administrator
partners-own-title = Hvad vores hus erklærer
partners-own-intro = Partnerhuse får dette med vores tilbud. Deres medlemmer kan læse det.
partners-own-unconfirmed = Ingen har bekræftet det endnu. Se, om det passer, ret det, og gem.
partners-own-confirmed = Bekræftet den { $date }
partners-own-save = Det passer – gem
partners-error-country = Skriv et lands to bogstaver, for eksempel DK.
partners-error-hours = Skriv dage og tider som Mo-Fr 09:00-17:00.
partners-error-retention = Skriv et antal dage fra 0 til 3650.
partners-error-date = Vælg en dag, eller lad feltet stå tomt.
partners-error-signed = Indsæt teksten. Den må højst have en million tegn.
partners-error-no-offer = Intet tilbud fra dem venter længere på svar.
partners-error-offer-changed = De har ændret deres tilbud i mellemtiden. Se på det igen, før du svarer.
partners-error-incomplete = Udfyld formål, kontakt, land, tider og hvem der tager imod en bekymring.
partners-error-other-software = Dette hus bruger anden software. Det kan det ikke.
partners-error-other-way = Dette hus er allerede partner på den anden måde (med eller uden håndtryk). Afslut det først, og tilføj det så igen.
partners-error-test-runs = En test er i gang. Inden ti minutter står resultatet på denne side.
partners-error-what-if = Vælg en partner, og til deling også en gruppe.
partners-said-accepted = Du sagde ja. Nu tester husene hinanden.
partners-said-declined = Du sagde nej. De får besked.
partners-said-terms = Gemt. De bliver spurgt.
partners-said-declared = Gemt.
partners-said-attached = Teksten er vedhæftet.
partners-said-test = Testen er begyndt.
partners-said-rules = Reglerne gælder nu.
partners-policy-title = Regler for deling
partners-policy-intro = Den smalleste regel gælder: først en regel for en gruppe hos en partner, så for en partner eller gruppe, så for huset.
partners-rule-house = Hele huset
partners-rule-share = Grupper fra vores hus må deles
partners-rule-directory = Delte grupper står på deres liste over grupper
partners-rule-media = Billeder fra delte grupper følger med
partners-rule-join = Vores folk må være med i deres grupper
partners-rule-strangers = Vores folk må være med i grupper, som andre organisationer også læser
partners-rule-known = Organisationer, vi kender uden at være partnere
partners-rule-known-hint = Én adresse på hver linje
partners-rule-as-house = Som for huset
partners-rule-allow = Ja
partners-rule-deny = Nej
partners-rule-none = ingen regel
partners-strangers-allow = Ja, altid
partners-strangers-known = Kun hvis vi kender dem alle
partners-strangers-never = Nej
partners-rules-save = Gem reglerne
partners-rules-for = Regler for denne partner
partners-rule-groups = Grupper, der alligevel må deles med dem
partners-rule-groups-hint = Står deling herover på "Nej", må kun disse deles.
partners-exceptions = Undtagelser
partners-export = Hent reglerne som en fil
partners-import-title = Regler som fil
partners-import-book = Filens tekst
partners-import-hint = Indsæt en fil her. Du ser først, hvad der ville ændre sig.
partners-import-look = Se, hvad der ville ændre sig
partners-import-same = Denne fil ændrer intet.
partners-import-changes = Disse regler ville ændre sig:
partners-import-change = { $scope }: { $what } – nu { $before }, så { $after }
partners-import-do = Lad disse regler gælde
partners-import-nothing = Intet er ændret. Ret det i filen, og prøv igen.
partners-book-unreadable = Filen kan ikke læses: { $what }
partners-book-unknown-rule = Filen har en regel, som vi ikke kender: { $what }
partners-book-bad-value = En regel kan ikke have denne værdi: { $what }
partners-book-unknown-partner = Filen nævner en partner, som ikke er kendt her: { $what }. Tilføj den først.
partners-book-unknown-group = Filen nævner en gruppe, som ikke er kendt her: { $what }
partners-book-twice = Filen siger to ting om det samme: { $what }
partners-book-version = Filen er af version { $what }. Vi læser version 1.
partners-dry-title = Hvad ville ændre sig, hvis …
partners-dry-intro = At se ændrer intet. De seneste 30 dage er bedømt, som om det var sådan.
partners-dry-what = Hvad
partners-dry-partner = Partner
partners-dry-which-group = Gruppe
partners-dry-which-group-hint = Kun til deling
partners-dry-look = Se
partners-dry-pause = sæt partneren på pause
partners-dry-resume = lad partneren fortsætte
partners-dry-end = afslut partnerskabet
partners-dry-share = del en gruppe
partners-dry-unshare = hold op med at dele en gruppe
partners-dry-stop = Beskeder fra de seneste 30 dage, der ikke var gået: { $count }
partners-dry-start = Beskeder, der ville gå ekstra, fra de seneste 30 dage eller af det, der venter: { $count }
partners-dry-same = Beskeder, der var gået på samme måde: { $count }
partners-dry-held = Beskeder, der venter nu og ville vente videre: { $count }
partners-dry-dropped = Beskeder, der venter nu og aldrig ville blive sendt: { $count }
partners-dry-erase-there = Kopier hos partneren, der skulle slettes: { $count }
partners-dry-erase-here = Kopier fra partneren, der ville blive slettet her: { $count }
partners-dry-relations = Medlemskaber, der ville ende: { $count }
partners-dry-groups = Grupper
partners-dry-group = { $group } ({ $partner }): { $theirs } af deres, { $ours } af vores
partners-dry-examples = Eksempler
partners-task-declare = Bekræft, hvad vores hus erklærer: tider, kontakt, hvem der tager imod en bekymring.
partners-task-answer = { $house } venter på vores svar på deres tilbud.
partners-task-changed = { $house } sagde ja til en ældre udgave af vores tilbud.
partners-task-declined = { $house } sagde nej til vores tilbud.
partners-task-no-terms = Tilbuddet fra { $house } siger intet om vilkår.
partners-task-test = Den seneste test hos { $house } mislykkedes.
partners-task-expires = Aftalen med { $house } udløber den { $date }.
partners-task-over = Aftalen med { $house } udløb den { $date }.
partners-task-write-down = Skriv ned, hvad { $house } siger om sig selv. Huset kan ikke selv fortælle os det.
partners-error-declared-anew = De erklærer noget andet nu. Se på det igen.
partners-said-looked = Tak. Det, de erklærer nu, er kendt.
partners-changed-title = De erklærer noget andet nu
partners-changed-text = Se på begge. For det, der deles, gælder venstre side, til du har set det. Hvem der kan træffes og hvornår, vises for alle, som det er nu.
partners-changed-what = Hvad
partners-changed-before = Aftalt
partners-changed-now = Nu
partners-changed-seen = Jeg har set det
partners-paused-widened = Dette hus henvendte noget til hele verden, som var skrevet til få. Derfor er det sat på pause. Tal med deres administrator. Lad det så fortsætte, eller afslut det.
partners-paused-gone = Dette hus' server siger, at den er væk for altid. Derfor er samarbejdet sat på pause; det, der venter, bliver gemt. Spørg deres administrator. Lad det så fortsætte, eller afslut det.
partners-undeclared = De siger ikke, hvornår der er nogen, eller hvem der tager imod en bekymring. Derfor deles ingen gruppe med dem.
partners-task-widened = { $house } er sat på pause. Det henvendte noget til hele verden, som var skrevet til få.
partners-task-gone = { $house } er sat på pause. Serveren siger, at den er væk for altid.
partners-task-declared = { $house } erklærer noget andet nu. Se på det.
partners-task-undeclared = { $house } siger ikke, hvornår der er nogen, eller hvem der tager imod en bekymring. Ingen gruppe deles med det.
partners-stale = Nogen ændrede dette, mens du var her. Intet er sat i kraft. Det, du valgte, står nedenfor. Sammenlign det med det, der gælder nu, og gem igen.
partners-dry-look-first = Hvad ville ændre sig?
partners-dry-do = Gør præcis dette
partners-dry-back = Tilbage uden at ændre noget
partners-dry-add = tilføje huset
partners-dry-add-title = Hvad hvis vi tilføjede et hus?
partners-dry-flows = Hvad der ville gå anderledes
partners-dry-flow-share = At dele gruppen
partners-dry-flow-may-share = En vært kunne dele den med dem
partners-dry-flow-directory = At stå på deres liste over grupper
partners-dry-flow-media = Billeder fra gruppen
partners-dry-flow-join = At vores folk deltager
partners-dry-would-stop = Ville stoppe: { $what }. { $reason }
partners-dry-would-start = Ville begynde: { $what }. Indtil nu: { $reason }
partners-reason-not-yet-partner = Begge sider er ikke enige endnu.
partners-reason-paused-partner = Partneren er sat på pause.
partners-reason-ended-partner = Partnerskabet er slut.
partners-reason-not-shared = Gruppen deles ikke med dem.
partners-reason-outside-audience = Det blev ikke skrevet til dem.
partners-reason-not-agreed = Aftalen tillader det ikke.
partners-reason-not-declared = De siger ikke, hvornår der er nogen, eller hvem der tager imod en bekymring.
partners-reason-ruled = En regel i vores hus siger nej.
partners-reason-unknown-readers = En organisation, vi ikke kender, læser med.
partners-reason-other-readers = Andre organisationer læser med.
partners-reason-other = Det kan ikke sendes.
partners-verb-read = Noget, de læste
partners-readers-same = De samme huse ville læse gruppen som nu.
partners-readers-refused =
    { $count ->
        [one] Ét hus, du valgte, må ikke læse gruppen. Du kan først gemme, når du tager det væk.
       *[other] { $count } huse, du valgte, må ikke læse gruppen. Du kan først gemme, når du tager dem væk.
    }
partners-readers-begin =
    { $count ->
        [one] Ét hus ville begynde at læse gruppen.
       *[other] { $count } huse ville begynde at læse gruppen.
    }
partners-readers-told =
    { $count ->
        [one] Den ene person fra vores hus i gruppen får det at vide først.
       *[other] De { $count } personer fra vores hus i gruppen får det at vide først.
    }
partners-readers-more =
    { $count ->
        [0] Der var ingen opslag i de seneste 30 dage, som også ville være sendt dertil.
        [one] Ét opslag fra de seneste 30 dage ville også være sendt dertil. Det, der er skrevet allerede, bliver ikke sendt dertil.
       *[other] { $count } opslag fra de seneste 30 dage ville også være sendt dertil. Det, der er skrevet allerede, bliver ikke sendt dertil.
    }
partners-readers-stop =
    { $count ->
        [one] Ét hus ville holde op med at læse gruppen.
       *[other] { $count } huse ville holde op med at læse gruppen.
    }
partners-readers-less =
    { $count ->
        [0] Intet opslag fra de seneste 30 dage ville være holdt tilbage.
        [one] Ét opslag fra de seneste 30 dage ville ikke være sendt dertil.
       *[other] { $count } opslag fra de seneste 30 dage ville ikke være sendt dertil.
    }
partners-readers-dropped =
    { $count ->
        [one] Én besked, der venter nu, ville aldrig blive sendt.
       *[other] { $count } beskeder, der venter nu, ville aldrig blive sendt.
    }
partners-readers-relations-few = Nogle få personer derfra ville ikke længere være med i gruppen.
partners-readers-relations = { $count } personer derfra ville ikke længere være med i gruppen.
partners-readers-copies =
    { $count ->
        [0] Der er ingen kopier af opslag der nu.
        [one] Der er én kopi af et opslag der nu. Den bliver der. Hvis opslaget bliver slettet her, får de det at vide.
       *[other] Der er { $count } kopier af opslag der nu. De bliver der. Hvis et opslag bliver slettet her, får de det at vide.
    }
partners-readers-stay =
    { $count ->
        [one] Ét hus ville læse videre som nu.
       *[other] { $count } huse ville læse videre som nu.
    }
partners-unsigned = Før dette hus kan have partnere, skal afsnittet om partnere i vurderingen af risici være skrevet under.
partners-unsigned-link = Læs og skriv under
partners-unsigned-kept = Intet er gjort. Det, du skrev, står her endnu.
partners-unsigned-present = Partnere, der er her nu, går videre som før. Nye må vente.
partners-signed-changed = Teksten om partnere i vurderingen af risici er ændret, siden der blev skrevet under.
