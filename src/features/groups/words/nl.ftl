# Groepen: vinden, beginnen, meedoen, mensen, lezers. Gewone woorden, geen woord voor ziekte.

groups-title = Groepen
groups-mine = Jouw groepen
groups-mine-none = Je zit nog niet in een groep. Kijk hieronder rustig rond; niemand ziet dat je kijkt.
groups-others = Meer groepen
groups-others-none = Er zijn nu geen andere groepen.
groups-older = Meer groepen
groups-home = Thuis bij { $house }
groups-new = Een groep beginnen
groups-find = Een groep van een partnerhuis zoeken
groups-find-address = Adres van de groep
groups-find-hint = Iemand in het partnerhuis kan je dit adres geven. Het begint met https://
groups-find-button = Zoeken
groups-find-malformed = Dit is geen volledig adres. Het ziet eruit als https://herning.example/g/abc.
groups-find-stranger = Dit adres is niet van een partner van ons huis. We kunnen alleen naar groepen van partners gaan.
groups-find-nothing = We vonden daar geen groep die met ons huis wordt gedeeld. Kijk het adres na, of vraag het in het partnerhuis.

groups-standing-pending = Je hebt gevraagd of je mee mag doen. De begeleiders antwoorden.
groups-standing-invited = Je bent uitgenodigd.
groups-standing-paused = Je hebt hier een pauze tot { $until }.
groups-standing-archived = Gesloten. Je kunt nog wel lezen.
groups-standing-host = Jij begeleidt deze groep.
groups-standing-moderator = Jij helpt deze groep veilig te houden.

groups-field-name = Naam van de groep
groups-field-name-hint = Een naam die niets zegt over iemands gezondheid. 2 tot 80 tekens.
groups-field-name-wrong = Schrijf een naam van 2 tot 80 tekens.
groups-field-purpose = Waar is de groep voor?
groups-field-purpose-hint = Een paar zinnen. Mensen lezen ze voordat ze meedoen.
groups-field-purpose-long = Dit is te lang. Gebruik hoogstens 2.000 tekens.
groups-field-rules = Afspraken
groups-field-rules-hint = Eén afspraak per regel. Je kunt ze veranderen.
groups-starter-rules =
    Wees vriendelijk. Iedereen is hier om een eigen reden.
    Wat hier gezegd wordt, blijft hier.
    Laat echte namen, plaatsen en verhalen van anderen weg.
    Je mag altijd zwijgen.
    Geen details over manieren om jezelf pijn te doen.
    Zeg niet tegen anderen dat ze met een medicijn moeten beginnen of stoppen.
groups-field-host = Je begeleidt de groep als
groups-field-host-hint = Mensen in de groep zien deze naam.
groups-field-days = Op welke dagen antwoord je?
groups-field-days-hint = Zo zien mensen wanneer er iemand is. Laat alles leeg als je dat niet kunt zeggen.
groups-field-from = Van
groups-field-until = Tot
groups-field-time-hint = Uren en minuten, bijvoorbeeld 10:00.
groups-field-time-wrong = Schrijf een tijd zoals 10:00.
groups-field-until-early = Het einde moet later zijn dan het begin.
groups-field-day-missing = Kies minstens één dag, of laat ook de tijden leeg.
groups-field-join = Wie mag meedoen?
groups-field-join-wrong = Kies wie mee mag doen.
groups-join-open = Iedereen die deze groep kan zien, mag meteen meedoen.
groups-join-ask = Je vraagt of je mee mag doen, en de begeleiders antwoorden.
groups-join-invite = Alleen mensen met een uitnodiging kunnen meedoen.
groups-field-reach = Wie kan meelezen?
groups-reach-house = Dit huis
groups-reach-house-hint = Niets van wat hier geschreven wordt, verlaat dit huis.
groups-reach-partners = Dit huis en partners
groups-reach-partners-hint = Mensen van de partnerhuizen die je kiest, kunnen meedoen, lezen en schrijven.
groups-field-partners = Partnerhuizen
groups-field-partners-hint = Alleen voor een groep met partners.
groups-field-partners-none = Kies er geen om de groep in dit huis te houden.
groups-field-partner-missing = Kies minstens één partnerhuis, of kies "Dit huis".
groups-no-partners = Ons huis heeft nog geen actieve partners.
groups-field-language = Taal in deze groep
groups-language-any = Verschillende talen, of niet belangrijk
groups-language-en = Engels
groups-language-nl = Nederlands
groups-language-da = Deens
groups-field-unlisted = Niet tonen in de lijst van groepen
groups-field-unlisted-hint = Mensen hebben dan een link of uitnodiging nodig om de groep te vinden.
groups-found-button = Groep beginnen
groups-save-button = Bewaren
groups-cancel = Annuleren
groups-founded = Je groep is er. Zeg als eerste hallo.
groups-saved = Bewaard.
groups-edit = De groep veranderen
groups-archive = De groep sluiten
groups-archive-text = Niemand kan nog schrijven of meedoen. Wie in de groep zit, kan alles nog lezen.
groups-archive-button = Sluiten voor schrijven
groups-archived = In de groep kan niet meer geschreven worden.
groups-archived-note = Deze groep is gesloten. Wie erin zit, kan lezen wat er geschreven is.
groups-reopen = De groep weer openen
groups-reopen-text = Mensen kunnen weer schrijven en meedoen.
groups-reopen-button = Weer openen

groups-who-reads = Wie kan dit lezen?
groups-readers-house = Alleen mensen van { $house } kunnen deze groep lezen.
groups-readers-partners = Mensen van { $count } huizen kunnen deze groep lezen: { $names }.
groups-readers-see = In de andere huizen zien ze de naam die je hier gebruikt. Ze zien niet uit welk huis je komt.
groups-readers-home = { $house } beheert deze groep en weet dat je uit dit huis komt. De andere huizen zien dat niet.
groups-readers-changed = Deze lijst is langer geworden op { $date }. Een nieuw huis krijgt alleen wat daarna geschreven wordt.
groups-readers-seen = Ik heb dit gelezen
groups-readers-confirmed = Dank je. Je kunt verder schrijven.
groups-list-and = { $first } en { $last }

groups-rules = Afspraken in deze groep
groups-details = Goed om te weten
groups-people-count = { $count ->
    [one] Uit dit huis zit 1 persoon in deze groep.
   *[other] Uit dit huis zitten { $count } mensen in deze groep.
}
groups-host-is = Begeleider: { $name }
groups-hours = { $days }, { $from } tot { $until }
groups-days-run = { $first } tot en met { $last }
groups-day-0 = maandag
groups-day-1 = dinsdag
groups-day-2 = woensdag
groups-day-3 = donderdag
groups-day-4 = vrijdag
groups-day-5 = zaterdag
groups-day-6 = zondag
groups-answers = Hier leest en antwoordt iemand: { $hours }. Op andere tijden is er misschien niemand.
groups-answers-none = Er zijn geen vaste tijden. Het kan even duren voor iemand antwoordt.
groups-language-is = Taal: { $language }

groups-join = Meedoen met deze groep
groups-join-button = Meedoen
groups-ask = Vragen of je mee mag doen
groups-ask-button = Vraag versturen
groups-return = Terugkomen
groups-return-button = Nu terugkomen
groups-invited = Je bent uitgenodigd
groups-decline-button = Nee, dank je
groups-not-now = Nu niet
groups-field-persona = Welke naam wil je hier gebruiken?
groups-field-persona-hint = Je kunt in elke groep een andere naam gebruiken.
groups-field-persona-missing = Kies de naam die je wilt gebruiken.
groups-make-another-persona = Een andere naam maken
groups-no-persona = Je hebt eerst een naam nodig.
groups-make-persona = Een naam kiezen
groups-field-word = Een woordje aan de begeleiders
groups-field-word-hint = Zij lezen het, niemand anders. Je hoeft niets uit te leggen.
groups-joined = Je doet mee. Welkom.
groups-asked = Je vraag is onderweg. De begeleiders antwoorden.
groups-waiting = Je hebt gevraagd of je mee mag doen
groups-waiting-text = De begeleiders antwoorden. Je hoeft niets te doen.
groups-withdraw-button = Mijn vraag terugnemen
groups-withdrawn = Gedaan. Het is alsof je het niet gevraagd hebt.
groups-refused = De begeleiders hebben je deze keer niet toegelaten. Je mag het later opnieuw vragen.
groups-hosts-say = De begeleiders schrijven: { $text }
groups-you-paused = Je kunt hier lezen. Vanaf { $until } kun je weer schrijven. Dit geldt alleen voor deze groep.
groups-inside = Je zit in deze groep
groups-inside-as = Je naam hier is { $name }.
groups-open = Naar de groep
groups-leave = Weggaan
groups-leave-text = Je hoeft geen reden te geven. Wat je schreef, blijft staan. Je kunt altijd meteen terugkomen.
groups-leave-button = Uit deze groep gaan
groups-left = Je bent uit de groep. Je kunt altijd terugkomen.
groups-back = Terug naar de groepen

groups-people = Mensen in deze groep
groups-people-asking = Willen meedoen
groups-people-asking-none = Er wacht niemand.
groups-people-inside = In de groep
groups-people-invited = Uitgenodigd
groups-people-removed = Eruit gezet
groups-answer-word = Een woordje bij je antwoord
groups-answer-yes = { $name } toelaten
groups-answer-no = Nu niet, { $name }
groups-answered-yes = Gedaan. Diegene kan nu lezen en schrijven.
groups-answered-no = Gedaan. Diegene ziet je antwoord.
groups-person-word = Wat diegene schreef bij de vraag:
groups-person-reason = Wat de begeleiders het laatst zeiden:
groups-role = Rol
groups-field-role = Wat mag deze persoon doen?
groups-role-member = Lid: leest en schrijft
groups-role-moderator = Moderator: geeft ook pauzes en haalt berichten weg
groups-role-host = Begeleider: verandert ook de groep en wie meeleest
groups-role-saved = Bewaard.
groups-pause = Pauze
groups-pause-text = Tijdens een pauze kan iemand hier lezen maar niet schrijven. De pauze gaat vanzelf voorbij en geldt alleen voor deze groep.
groups-field-days-long = Hoe lang?
groups-pause-days = { $days ->
    [one] 1 dag
   *[other] { $days } dagen
}
groups-field-reason = Wat we deze persoon vertellen
groups-field-reason-hint = Noem de afspraak. Zeg wat er gebeurde, en hoe diegene terug kan komen.
groups-pause-button = Versturen en pauze geven
groups-paused = De pauze is begonnen. De persoon ziet wat je schreef.
groups-paused-until = Pauze tot { $until }
groups-resume-button = De pauze nu beëindigen
groups-resumed = De pauze is voorbij.
groups-remove = Uit de groep zetten
groups-remove-text = De persoon kan hier niet meer lezen of schrijven. Alleen een begeleider kan diegene weer toelaten.
groups-remove-button = Versturen en eruit zetten
groups-removed = Eruit gezet. De persoon ziet wat je schreef.
groups-let-back-button = Weer toelaten
groups-let-back = Diegene doet weer mee.
groups-invite = Uitnodigen
groups-field-invite = Naam van iemand in dit huis
groups-field-invite-hint = De naam die diegene hier gebruikt. De uitnodiging mag ook geweigerd worden.
groups-field-invite-unknown = Deze naam kennen we niet in ons huis. Kijk na hoe je hem schrijft.
groups-invite-button = Uitnodigen
groups-invited-persona = Uitgenodigd.
groups-link-text = Of maak een link waarmee één persoon binnenkomt. Hij werkt één keer, 14 dagen lang.
groups-link-button = Link maken
groups-link-once = Hier is de link. Kopieer of print hem nu: je ziet hem maar één keer.

groups-readers = Wie deze groep kan lezen
groups-readers-explain-add = Als je een huis toevoegt, horen de mensen in de groep dat meteen. Het nieuwe huis krijgt alleen wat daarna geschreven wordt.
groups-readers-explain-remove = Als je een huis weghaalt, zitten de mensen van dat huis niet meer in de groep en gaat er niets nieuws meer heen.
groups-readers-saved = Bewaard. De mensen in de groep kunnen de nieuwe lijst zien.

groups-error-not-found = We vonden deze groep of persoon niet.
groups-error-not-allowed = Dit kan alleen een begeleider van deze groep.
groups-error-last-host = Je bent hier de enige begeleider. Maak eerst iemand anders begeleider, of sluit de groep.
groups-error-archived = Deze groep is gesloten. Niemand kan nu meedoen.
groups-error-invite-only = Je kunt alleen met een uitnodiging aan deze groep meedoen.
groups-error-removed = De begeleiders hebben deze naam uit de groep gezet. Je kunt er met een begeleider over praten.
groups-error-bad-invitation = Deze uitnodiging is al gebruikt, of de tijd is om. Vraag een nieuwe.
groups-error-no-partner = Dit huis is nu geen actieve partner.
groups-error-not-everyone = Groepen voor iedereen staan in dit huis niet aan.
groups-error-no-reason = Schrijf wat we deze persoon vertellen.
groups-error-bad-end = Een pauze duurt hoogstens een jaar.
groups-error-elsewhere = Dit kan alleen in het huis waar de groep thuis is.
groups-error-database = Dit lukte nu niet. Probeer het nog eens.
