# Ord om konti: log ind, sessioner, adgangssætning, mennesker og invitationer.

accounts-sign-in = Log ind
accounts-sign-in-do = Log ind
accounts-sign-out = Log ud
accounts-signed-out = Du er logget ud. Du kan altid komme igen.
accounts-sign-in-name = Dit login-navn
accounts-passphrase = Din adgangssætning
accounts-sign-in-wrong = Navnet og adgangssætningen hører ikke sammen. Se på dem begge og prøv igen.
accounts-sign-in-wait = { $minutes ->
    [one] Det er prøvet mange gange. Vent et minut og prøv igen. Intet er låst.
   *[other] Det er prøvet mange gange. Vent { $minutes } minutter og prøv igen. Intet er låst.
}
accounts-forgot = Har du glemt din adgangssætning? Spørg en vært i dit hus. Værten kan printe et link, der lukker dig ind.
accounts-no-account = Er du ny her? En medarbejder i dit hus kan give dig en invitation.

accounts-link = Velkommen tilbage
accounts-link-text = Linket logger dig ind én gang. Bagefter vælger du en ny adgangssætning.
accounts-link-dead = Linket virker ikke mere
accounts-link-dead-text = Det er brugt, eller det er for gammelt. Du har ikke gjort noget forkert. Bed en vært om et nyt.

accounts-sessions = Her er du logget ind
accounts-sessions-text = Det er de browsere, du er logget ind i. Kun du kan se listen.
accounts-session-this = den her
accounts-session-days = Siden { $began }. Sidst brugt { $last }.
accounts-session-end = Log ud der
accounts-session-end-this = Log ud der: { $agent }
accounts-sessions-end-others = Log ud alle andre steder
accounts-session-ended = Du er logget ud der.
accounts-sessions-ended = Nu er du kun logget ind her.
accounts-agent = { $browser } på { $system }
accounts-agent-unknown = En browser

accounts-passphrase-change = Skift din adgangssætning
accounts-passphrase-new-one = Vælg en ny adgangssætning
accounts-passphrase-change-text = Når du gemmer den, bliver du logget ud alle andre steder.
accounts-passphrase-new-text = Du kom ind med et link. Vælg en adgangssætning til næste gang.
accounts-passphrase-old = Din adgangssætning nu
accounts-passphrase-new = Ny adgangssætning
accounts-passphrase-again = Den samme en gang til
accounts-passphrase-hint = Mindst 10 tegn. Nogle ord, du godt kan lide, er fint. Mellemrum og alle tegn må bruges.
accounts-passphrase-save = Gem adgangssætning
accounts-passphrase-changed = Din nye adgangssætning virker fra nu af.
accounts-passphrase-wrong = Det er ikke din adgangssætning nu.
accounts-passphrase-differs = De to er ikke ens. Skriv dem begge igen.
accounts-passphrase-short = Den er for kort. Brug mindst 10 tegn.
accounts-passphrase-long = Den er for lang. Brug højst 1024 tegn.
accounts-passphrase-common = Mange bruger den, eller det er dit navn. Vælg en anden.

accounts-name-short = Navnet er for kort.
accounts-name-long = Navnet er for langt.
accounts-name-sign = Brug kun bogstaver, tal, mellemrum og - _ . '
accounts-name-mixed = Brug bogstaver fra ét alfabet.
accounts-name-email = Det ligner en e-mailadresse. Vælg et navn. Vi har ikke brug for din adresse.
accounts-name-number = Det ligner et telefonnummer eller et personnummer. Vælg et navn.
accounts-name-taken = Nogen har allerede det login-navn. Vælg et andet.

accounts-people = Mennesker
accounts-people-text = Du ser login-navne og roller. Du ser ikke, hvem der er her, eller hvem der skriver under hvilket navn.
accounts-people-invite = Inviter nogen
accounts-resting = i hvile
accounts-more = Mere
accounts-back = Tilbage
accounts-back-me = Tilbage til mig
accounts-back-people = Tilbage til mennesker
accounts-not-now = Ikke nu
accounts-not-yours = En med en anden rolle tager sig af denne konto.

accounts-role = Rolle
accounts-role-member = Medlem
accounts-role-host = Vært
accounts-role-moderator = Moderator
accounts-role-admin = Administrator
accounts-role-auditor = Revisor
accounts-role-change = Skift rollen
accounts-role-hint = Det gælder fra personens næste klik.
accounts-role-save = Gem rolle
accounts-role-changed = Rollen er skiftet.
accounts-last-admin = Det er den sidste administrator. Gør først en anden til administrator.

accounts-link-make = Glemt adgangssætningen?
accounts-link-make-text = Print et link til personen. Det virker én gang, i 24 timer. Giv det i hånden.
accounts-link-make-do = Lav et login-link
accounts-link-paper = Et link til at logge ind
accounts-link-paper-text = Åbn linket, eller ret din telefon mod billedet. Det virker én gang, i 24 timer.
accounts-deactivate = Sæt kontoen i hvile
accounts-deactivate-text = Personen kan ikke logge ind. Intet slettes. Du kan vække kontoen igen.
accounts-deactivate-do = Sæt i hvile
accounts-deactivated = Kontoen er i hvile.
accounts-reactivate = Væk kontoen
accounts-reactivate-text = Kontoen er i hvile. Personen kan ikke logge ind.
accounts-reactivated = Kontoen er vågen. Personen kan logge ind igen.

accounts-invitations = Invitationer
accounts-invitations-text = Hver invitation virker én gang, i 30 dage. Print den og giv den i hånden. Vi spørger ikke om e-mail, telefonnummer eller rigtigt navn.
accounts-invite-role = De kommer som
accounts-invite-count = Hvor mange
accounts-invite-count-wrong = Skriv et tal fra 1 til { $most }.
accounts-invite-do = Lav invitationer
accounts-invitations-made = Invitationer fra før
accounts-invitation-open = åben
accounts-invitation-until = til { $day }
accounts-invitation-used = brugt
accounts-invitation-revoked = trukket tilbage
accounts-invitation-expired = for gammel
accounts-invitation-withdraw = Træk tilbage
accounts-invitation-withdraw-this = Træk tilbage: invitationen { $label }
accounts-invitation-withdrawn = Invitationen virker ikke mere.
accounts-papers = Invitationer til print
accounts-paper-once = Du ser kun linket nu. Print siden, før du går videre.
accounts-paper-text = Hej. Her er et roligt sted at møde mennesker. Du vælger selv dit navn. Ingen udenfor kan se, at du er her. Åbn linket, eller ret din telefon mod billedet.
accounts-paper-until = Til én person, som: { $role }. Virker én gang, til { $day }.
accounts-qr = Et billede af linket, til kameraet i en telefon

# To lister med rolige ord (fælleskøn); ét fra hver giver et venligt navn, som "Stille Pil".
accounts-calm-first = Stille, Blid, Tidlig, Grøn, Sølvgrå, Gylden, Blå, Blød, Varm, Lille, Vild, Lys, Solrig, Mild, Rolig, Munter, Modig, Nysgerrig, Trofast, Let, Fri, Fjern, Hvid, Broget, Sen, Frisk, Åben, Rund, Venlig, Klar
accounts-calm-second = Pil, Bregne, Solsort, Hejre, Ahorn, Birk, El, Hassel, Kløver, Lyng, Tidsel, Eng, Flod, Bæk, Havn, Sten, Lanterne, Sky, Brise, Regn, Svale, Spurv, Finke, Odder, Hare, Møl, Ceder, Lærke, Vibe, Ene, Terne, Bøg, Lind, Klit, Bølge, Anemone

# Løftet om tavshed. Den, der ændrer en sætning i -1 til -5 eller i on-1 og on-2, gør VERSION i confidentiality/mod.rs én højere.
accounts-confidential = Mit løfte om tavshed
accounts-confidential-why = Den, der har en rolle her, ser mere til mennesker. Derfor lover alle dette, før de får en rolle.
accounts-confidential-1 = Det, jeg hører, læser eller ser om mennesker her, bliver hos mig. At nogen er her, bliver også hos mig.
accounts-confidential-2 = Jeg giver det ikke videre til familie, venner, kolleger eller andre. Heller ikke uden navne.
accounts-confidential-3 = Jeg ser kun på det, jeg har brug for til min opgave. Jeg taler kun om det med dem i huset, der har brug for det.
accounts-confidential-4 = Når nogen er i fare, følger jeg husets regler. Så må jeg bede om hjælp.
accounts-confidential-5 = Løftet gælder også, når jeg ikke har en rolle mere, og når jeg er gået. At bryde det kan få følger, også efter loven.
accounts-confidential-tick = Jeg har læst det, og jeg lover det
accounts-confidential-tick-first = Læs det, og sæt kryds i feltet. Rollen kræver dette løfte.
accounts-confidential-do = Det lover jeg
accounts-confidential-saved = Det er skrevet ned. Du kan altid læse det her.
accounts-confidential-invited = Invitationen er til en rolle i huset. Læs dette, og lov det.
accounts-confidential-on-1 = Du har ingen rolle nu. Det, du har lovet, gælder stadig.
accounts-confidential-on-2 = Det, du har hørt, læst eller set om mennesker her, bliver stadig hos dig.
accounts-confidential-on-tick = Jeg holder det, også fra nu af
accounts-confidential-on-do = Bekræft
accounts-confidential-records = Det, der er skrevet ned
accounts-confidential-said-page = Du lovede det her den { $date }.
accounts-confidential-said-paper = Du skrev under på papir den { $date }.
accounts-confidential-said-on = Den { $date } bekræftede du, at det stadig gælder.
accounts-confidential-of = Løfte om tavshed
accounts-confidential-none = ingen erklæring endnu
accounts-confidential-how = Før nogen får en rolle, lover de tavshed. Det gør de på denne side eller på papir.
accounts-confidential-they-page = Lovet på en side her, { $date }.
accounts-confidential-they-paper = Skrevet under på papir, { $date }.
accounts-confidential-duty = Personen har ingen rolle nu. Pligten til tavshed gælder stadig.
accounts-confidential-paper = Der er skrevet under på papir
accounts-confidential-day = Dagen på papiret
accounts-confidential-day-hint = Gem selve papiret i huset. Her skrives kun dagen.
accounts-confidential-day-wrong = Skriv dagen på papiret som år-måned-dag, for eksempel 2026-03-01. Den kan ikke ligge i fremtiden.
accounts-confidential-paper-do = Skriv papiret ned
accounts-confidential-recorded = Det er skrevet ned, at der er skrevet under på papir.
accounts-confidential-missing = Personen har ikke lovet tavshed endnu og beholder derfor sin rolle. Det kan gøres på { $page }. Eller en administrator skriver papiret ned.
accounts-confidential-missing-refused = Personen har ikke lovet tavshed endnu og beholder derfor sin rolle.
