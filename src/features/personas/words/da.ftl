# Ord om personaer: velkomsten, at vælge et navn, ens egne navne.

personas-welcome = Hej
personas-welcome-quiet = Her er et roligt sted at møde mennesker.
personas-welcome-name = Du vælger selv dit navn her.
personas-welcome-outside = Ingen udenfor kan se, at du er her.
personas-welcome-care = Din hjælp er den samme, hvis du siger nej.
personas-setup-text = Du er den første her. Du vælger et navn, og så er det dig, der passer huset. Linket virker én gang.
personas-welcomed = Velkommen. Det er godt, du er her. Tag dig god tid.
personas-link-dead = Linket virker ikke mere
personas-link-dead-text = Det er brugt, eller det er for gammelt. Du har ikke gjort noget forkert. Bed den, der gav dig det, om et nyt.

personas-choose = Vælg et navn
personas-part-name = Dit navn her
personas-part-name-text = Andre ser dette navn. Det behøver ikke være dit rigtige navn.
personas-offered = Vil du have et af dem her?
personas-offer-others = Vis mig andre navne
personas-own = Eller dit eget
personas-own-hint = 2 til 40 tegn. Ingen e-mailadresse og ingen numre, der hører til dig.
personas-part-sign-in = Til at logge ind
personas-part-sign-in-text = Kun medarbejderne i dit hus ser dette navn. Det forlader aldrig huset.
personas-sign-in-hint = Noget, du kan huske. Mindst 3 tegn. Det må gerne være et andet end navnet ovenfor.
personas-come-in = Kom indenfor
personas-doubt-real = Det ligner et rigtigt for- og efternavn. Så ved andre måske, hvem du er. Du kan bruge det alligevel.
personas-doubt-sign-in = Det er også det navn, du logger ind med. Det er mere sikkert at holde det for dig selv. Du kan bruge det alligevel.
personas-sure = Brug navnet alligevel
personas-taken = Nogen her har allerede det navn. Vælg et andet.

personas-me = Mig
personas-hello = Hej, { $name }
personas-names = Mine navne
personas-names-text = Du kan bruge et nyt navn i hver gruppe. Andre kan ikke se, at det hele er dig.
personas-name = Navn
personas-add = Tilføj et navn
personas-add-text = Et nyt navn er en ny begyndelse. Ingen ser, at det er dit.
personas-added = Du har fået et navn mere.
personas-change = Skift dette navn
personas-change-this = Skift navnet { $name }
personas-renamed = Navnet er skiftet.
personas-save = Gem
personas-retire = Hold op med at bruge navnet
personas-retire-text = Navnet er ikke med mere. Ingen andre kan tage det. Det, du skrev med det, bliver stående.
personas-retire-do = Hold op med at bruge { $name }
personas-retired = Du bruger ikke navnet mere.
personas-last-one = Det er dit eneste navn. Tilføj først et andet, så kan du holde op med at bruge det her.
personas-too-many = Du har 10 navne. Hold op med at bruge et, før du tilføjer et nyt.
personas-sign-in-name = Du logger ind som { $name }. Andre ser det ikke.
personas-language = Du kan skifte sprog nederst på hver side.
