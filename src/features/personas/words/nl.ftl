# Woorden van persona's: het welkom, een naam kiezen, je eigen namen.

personas-welcome = Hallo
personas-welcome-quiet = Dit is een rustige plek om mensen te ontmoeten.
personas-welcome-name = Je kiest hier zelf je naam.
personas-welcome-outside = Niemand buiten kan zien dat je hier bent.
personas-welcome-care = Je zorg blijft hetzelfde als je nee zegt.
personas-setup-text = Je bent hier de eerste. Je kiest een naam, en dan mag jij dit huis beheren. De link werkt één keer.
personas-welcomed = Welkom. Fijn dat je er bent. Neem de tijd.
personas-link-dead = Deze link werkt niet meer
personas-link-dead-text = Hij is al gebruikt, of hij is te oud. Je hebt niets fout gedaan. Vraag een nieuwe aan wie hem gaf.

personas-choose = Kies een naam
personas-part-name = Je naam hier
personas-part-name-text = Anderen zien deze naam. Het hoeft niet je echte naam te zijn.
personas-offered = Wil je een van deze?
personas-offer-others = Laat andere namen zien
personas-own = Of je eigen naam
personas-own-hint = 2 tot 40 tekens. Geen e-mailadres en geen nummers die van jou zijn.
personas-part-sign-in = Om in te loggen
personas-part-sign-in-text = Alleen de medewerkers van je huis zien deze naam. Hij gaat nooit dit huis uit.
personas-sign-in-hint = Iets wat je kunt onthouden. Minstens 3 tekens. Hij mag anders zijn dan de naam hierboven.
personas-come-in = Kom binnen
personas-doubt-real = Dit lijkt op een echte voor- en achternaam. Anderen weten dan misschien wie je bent. Je kunt hem toch gebruiken.
personas-doubt-sign-in = Met deze naam log je ook in. Het is veiliger om die voor jezelf te houden. Je kunt hem toch gebruiken.
personas-sure = Deze naam toch gebruiken
personas-taken = Iemand hier heeft deze naam al. Kies een andere.

personas-me = Ik
personas-hello = Hallo, { $name }
personas-names = Mijn namen
personas-names-text = Je kunt in elke groep een andere naam gebruiken. Anderen kunnen niet zien dat jij dat allemaal bent.
personas-name = Naam
personas-add = Een naam erbij
personas-add-text = Een nieuwe naam is een nieuw begin. Niemand ziet dat hij van jou is.
personas-added = Je hebt er een naam bij.
personas-change = Deze naam veranderen
personas-change-this = De naam { $name } veranderen
personas-renamed = De naam is veranderd.
personas-save = Bewaren
personas-retire = Stoppen met deze naam
personas-retire-text = De naam doet niet meer mee. Niemand anders kan hem nemen. Wat je ermee schreef blijft staan.
personas-retire-do = Stoppen met { $name }
personas-retired = Je gebruikt deze naam niet meer.
personas-last-one = Dit is je enige naam. Kies er eerst een bij, dan kun je met deze stoppen.
personas-too-many = Je hebt 10 namen. Stop eerst met één voor je er een bij kiest.
personas-sign-in-name = Je logt in als { $name }. Anderen zien dit niet.
personas-language = De taal kun je onderaan elke pagina veranderen.
