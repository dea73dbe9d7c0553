# Grupper: finde, starte, være med, mennesker, læsere. Almindelige ord, intet ord for sygdom.

groups-title = Grupper
groups-mine = Dine grupper
groups-mine-none = Du er ikke med i en gruppe endnu. Se dig roligt omkring herunder; ingen ser, at du kigger.
groups-others = Flere grupper
groups-others-none = Der er ingen andre grupper lige nu.
groups-older = Flere grupper
groups-home = Hjemme i { $house }
groups-new = Start en gruppe
groups-find = Find en gruppe i et partnerhus
groups-find-address = Gruppens adresse
groups-find-hint = Nogen i partnerhuset kan give dig adressen. Den begynder med https://
groups-find-button = Find den
groups-find-malformed = Det er ikke en hel adresse. Den ser ud som https://herning.example/g/abc.
groups-find-stranger = Adressen hører ikke til en af vores partnere. Vi kan kun gå til partneres grupper.
groups-find-nothing = Vi fandt ingen gruppe der, som er delt med vores hus. Se adressen efter, eller spørg i partnerhuset.

groups-standing-pending = Du har spurgt, om du må være med. Værterne svarer.
groups-standing-invited = Du er inviteret.
groups-standing-paused = Du har en pause her til { $until }.
groups-standing-archived = Lukket. Du kan stadig læse den.
groups-standing-host = Du er vært i gruppen.
groups-standing-moderator = Du er med til at holde gruppen tryg.

groups-field-name = Gruppens navn
groups-field-name-hint = Et navn, der ikke siger noget om nogens helbred. 2 til 80 tegn.
groups-field-name-wrong = Skriv et navn på 2 til 80 tegn.
groups-field-purpose = Hvad er gruppen til?
groups-field-purpose-hint = Et par sætninger. Folk læser dem, før de går med.
groups-field-purpose-long = Det er for langt. Brug højst 2.000 tegn.
groups-field-rules = Aftaler
groups-field-rules-hint = Én aftale på hver linje. Du kan ændre dem.
groups-starter-rules =
    Vær venlig. Alle er her af deres egen grund.
    Det, der bliver sagt her, bliver her.
    Undlad rigtige navne, steder og andres historier.
    Du må altid være stille.
    Ingen detaljer om måder at skade sig selv på.
    Sig ikke til andre, at de skal begynde eller stoppe med medicin.
groups-field-host = Du er vært som
groups-field-host-hint = De andre i gruppen ser dette navn.
groups-field-days = Hvilke dage svarer du?
groups-field-days-hint = Så kan folk se, hvornår der er nogen. Lad alt være tomt, hvis du ikke kan sige det.
groups-field-from = Fra
groups-field-until = Til
groups-field-time-hint = Timer og minutter, for eksempel 10:00.
groups-field-time-wrong = Skriv et tidspunkt som 10:00.
groups-field-until-early = Slutningen skal være senere end begyndelsen.
groups-field-day-missing = Vælg mindst én dag, eller lad også tiderne være tomme.
groups-field-join = Hvem må være med?
groups-field-join-wrong = Vælg, hvem der må være med.
groups-join-open = Alle, der kan se gruppen, må være med med det samme.
groups-join-ask = Du spørger, om du må være med, og værterne svarer.
groups-join-invite = Kun de inviterede kan være med.
groups-field-reach = Hvem kan læse med?
groups-reach-house = Dette hus
groups-reach-house-hint = Intet af det, der bliver skrevet, forlader huset.
groups-reach-partners = Dette hus og partnere
groups-reach-partners-hint = Folk fra de partnerhuse, du vælger, kan være med, læse og skrive.
groups-field-partners = Partnerhuse
groups-field-partners-hint = Kun for en gruppe med partnere.
groups-field-partners-none = Vælg ingen for at beholde gruppen i dette hus.
groups-field-partner-missing = Vælg mindst ét partnerhus, eller vælg "Dette hus".
groups-no-partners = Vores hus har ingen aktive partnere endnu.
groups-field-language = Sprog i gruppen
groups-language-any = Flere, eller ikke vigtigt
groups-language-en = Engelsk
groups-language-nl = Hollandsk
groups-language-da = Dansk
groups-field-unlisted = Vis den ikke i listen over grupper
groups-field-unlisted-hint = Så skal man have et link eller en invitation for at finde den.
groups-found-button = Start gruppen
groups-save-button = Gem
groups-cancel = Fortryd
groups-founded = Din gruppe er der. Sig hej som den første.
groups-saved = Gemt.
groups-edit = Ret gruppen
groups-archive = Luk gruppen
groups-archive-text = Ingen kan skrive eller komme med mere. De, der er med, kan stadig læse alt.
groups-archive-button = Luk for at skrive
groups-archived = Der kan ikke skrives i gruppen mere.
groups-archived-note = Gruppen er lukket. De, der er med, kan læse det, der er skrevet.
groups-reopen = Åbn gruppen igen
groups-reopen-text = Folk kan skrive og komme med igen.
groups-reopen-button = Åbn igen

groups-who-reads = Hvem kan læse det?
groups-readers-house = Kun folk fra { $house } kan læse gruppen.
groups-readers-partners = Folk fra { $count } huse kan læse gruppen: { $names }.
groups-readers-see = I de andre huse ser de det navn, du bruger her. De ser ikke, hvilket hus du kommer fra.
groups-readers-home = { $house } passer gruppen og ved, at du kommer fra dette hus. Det ser de andre huse ikke.
groups-readers-changed = Listen blev længere { $date }. Et nyt hus får kun det, der bliver skrevet bagefter.
groups-readers-seen = Jeg har læst det
groups-readers-confirmed = Tak. Du kan skrive videre.
groups-list-and = { $first } og { $last }

groups-rules = Aftaler i gruppen
groups-details = Godt at vide
groups-people-count = { $count ->
    [one] 1 person fra dette hus er med i gruppen.
   *[other] { $count } personer fra dette hus er med i gruppen.
}
groups-host-is = Vært: { $name }
groups-hours = { $days }, { $from } til { $until }
groups-days-run = { $first } til { $last }
groups-day-0 = mandag
groups-day-1 = tirsdag
groups-day-2 = onsdag
groups-day-3 = torsdag
groups-day-4 = fredag
groups-day-5 = lørdag
groups-day-6 = søndag
groups-answers = Her læser og svarer nogen: { $hours }. På andre tider er der måske ingen.
groups-answers-none = Der er ingen faste tider. Det kan tage lidt tid, før nogen svarer.
groups-language-is = Sprog: { $language }

groups-join = Vær med i gruppen
groups-join-button = Vær med
groups-ask = Spørg, om du må være med
groups-ask-button = Send spørgsmålet
groups-return = Kom tilbage
groups-return-button = Kom tilbage nu
groups-invited = Du er inviteret
groups-decline-button = Nej tak
groups-not-now = Ikke nu
groups-field-persona = Hvilket navn vil du bruge her?
groups-field-persona-hint = Du kan bruge et andet navn i hver gruppe.
groups-field-persona-missing = Vælg det navn, du vil bruge.
groups-make-another-persona = Lav et andet navn
groups-no-persona = Du skal først have et navn.
groups-make-persona = Vælg et navn
groups-field-word = Et ord til værterne
groups-field-word-hint = De læser det, ingen andre. Du behøver ikke at forklare noget.
groups-joined = Du er med. Velkommen.
groups-asked = Dit spørgsmål er på vej. Værterne svarer.
groups-waiting = Du har spurgt, om du må være med
groups-waiting-text = Værterne svarer. Du behøver ikke at gøre noget.
groups-withdraw-button = Tag mit spørgsmål tilbage
groups-withdrawn = Gjort. Det er, som om du ikke havde spurgt.
groups-refused = Værterne lukkede dig ikke ind denne gang. Du må gerne spørge igen senere.
groups-hosts-say = Værterne skriver: { $text }
groups-you-paused = Du kan læse her. Du kan skrive igen fra { $until }. Det gælder kun denne gruppe.
groups-inside = Du er med i gruppen
groups-inside-as = Dit navn her er { $name }.
groups-open = Gå til gruppen
groups-leave = Gå ud
groups-leave-text = Du behøver ikke at give en grund. Det, du har skrevet, bliver. Du kan altid komme tilbage med det samme.
groups-leave-button = Gå ud af gruppen
groups-left = Du er gået ud af gruppen. Du kan altid komme tilbage.
groups-back = Tilbage til grupperne

groups-people = Mennesker i gruppen
groups-people-asking = Vil gerne være med
groups-people-asking-none = Ingen venter.
groups-people-inside = Med i gruppen
groups-people-invited = Inviteret
groups-people-removed = Taget ud
groups-answer-word = Et ord med dit svar
groups-answer-yes = Luk { $name } ind
groups-answer-no = Ikke nu, { $name }
groups-answered-yes = Gjort. Personen kan læse og skrive nu.
groups-answered-no = Gjort. Personen ser dit svar.
groups-person-word = Det skrev personen, da der blev spurgt:
groups-person-reason = Det sagde værterne sidst:
groups-role = Rolle
groups-field-role = Hvad må denne person gøre?
groups-role-member = Medlem: læser og skriver
groups-role-moderator = Moderator: giver også pauser og fjerner indlæg
groups-role-host = Vært: ændrer også gruppen og dens læsere
groups-role-saved = Gemt.
groups-pause = Pause
groups-pause-text = I en pause kan man læse her, men ikke skrive. Den slutter af sig selv og gælder kun denne gruppe.
groups-field-days-long = Hvor længe?
groups-pause-days = { $days ->
    [one] 1 dag
   *[other] { $days } dage
}
groups-field-reason = Det fortæller vi personen
groups-field-reason-hint = Nævn aftalen. Sig, hvad der skete, og hvordan man kan komme tilbage.
groups-pause-button = Send og giv pause
groups-paused = Pausen er begyndt. Personen ser, hvad du skrev.
groups-paused-until = Pause til { $until }
groups-resume-button = Slut pausen nu
groups-resumed = Pausen er slut.
groups-remove = Tag ud af gruppen
groups-remove-text = Personen kan ikke læse eller skrive her mere. Kun en vært kan lukke personen ind igen.
groups-remove-button = Send og tag ud
groups-removed = Taget ud. Personen ser, hvad du skrev.
groups-let-back-button = Luk ind igen
groups-let-back = Personen er med igen.
groups-invite = Inviter
groups-field-invite = Navn på en person i dette hus
groups-field-invite-hint = Det navn, personen bruger her. Man kan sige nej til invitationen.
groups-field-invite-unknown = Vi kender ikke det navn i vores hus. Se efter, hvordan det staves.
groups-invite-button = Inviter
groups-invited-persona = Inviteret.
groups-link-text = Eller lav et link, der lukker én person ind. Det virker én gang, i 14 dage.
groups-link-button = Lav et link
groups-link-once = Her er linket. Kopiér eller print det nu: det vises kun denne ene gang.

groups-readers = Hvem der kan læse gruppen
groups-readers-explain-add = Når du tilføjer et hus, får gruppens medlemmer det at vide med det samme. Det nye hus får kun det, der bliver skrevet bagefter.
groups-readers-explain-remove = Når du fjerner et hus, er dets folk ikke længere med i gruppen, og intet nyt går dertil.
groups-readers-saved = Gemt. De, der er med i gruppen, kan se den nye liste.

groups-error-not-found = Vi fandt ikke gruppen eller personen.
groups-error-not-allowed = Det kan kun en vært i gruppen gøre.
groups-error-last-host = Du er den eneste vært her. Gør først en anden til vært, eller luk gruppen.
groups-error-archived = Gruppen er lukket. Ingen kan komme med nu.
groups-error-invite-only = Man kan kun være med i gruppen med en invitation.
groups-error-removed = Værterne har taget dette navn ud af gruppen. Du kan tale med en vært om det.
groups-error-bad-invitation = Invitationen er brugt, eller tiden er gået. Bed om en ny.
groups-error-no-partner = Huset er ikke en aktiv partner lige nu.
groups-error-not-everyone = Grupper for alle er ikke slået til i dette hus.
groups-error-no-reason = Skriv, hvad vi fortæller personen.
groups-error-bad-end = En pause varer højst et år.
groups-error-elsewhere = Det kan kun gøres i det hus, hvor gruppen har hjemme.
groups-error-database = Det lykkedes ikke lige nu. Prøv igen.
