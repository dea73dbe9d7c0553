# Woorden van accounts: inloggen, sessies, wachtzin, mensen en uitnodigingen.

accounts-sign-in = Inloggen
accounts-sign-in-do = Inloggen
accounts-sign-out = Uitloggen
accounts-signed-out = Je bent uitgelogd. Je kunt altijd terugkomen.
accounts-sign-in-name = Je inlognaam
accounts-passphrase = Je wachtzin
accounts-sign-in-wrong = Deze naam en wachtzin horen niet bij elkaar. Kijk ze allebei na en probeer het nog eens.
accounts-sign-in-wait = { $minutes ->
    [one] Dit is vaak geprobeerd. Wacht een minuut en probeer het nog eens. Er is niets op slot.
   *[other] Dit is vaak geprobeerd. Wacht { $minutes } minuten en probeer het nog eens. Er is niets op slot.
}
accounts-forgot = Wachtzin vergeten? Vraag het aan een gastheer of gastvrouw van je huis. Die kan een link printen waarmee je binnenkomt.
accounts-no-account = Nieuw hier? Een medewerker van je huis kan je een uitnodiging geven.

accounts-link = Welkom terug
accounts-link-text = Met deze link log je één keer in. Daarna kies je een nieuwe wachtzin.
accounts-link-dead = Deze link werkt niet meer
accounts-link-dead-text = Hij is al gebruikt, of hij is te oud. Je hebt niets fout gedaan. Vraag een nieuwe aan een gastheer of gastvrouw.

accounts-sessions = Waar je bent ingelogd
accounts-sessions-text = Dit zijn de browsers waarin je bent ingelogd. Alleen jij ziet deze lijst.
accounts-session-this = deze hier
accounts-session-days = Sinds { $began }. Laatst gebruikt op { $last }.
accounts-session-end = Daar uitloggen
accounts-session-end-this = Daar uitloggen: { $agent }
accounts-sessions-end-others = Overal anders uitloggen
accounts-session-ended = Daar ben je nu uitgelogd.
accounts-sessions-ended = Je bent nu alleen hier ingelogd.
accounts-agent = { $browser } op { $system }
accounts-agent-unknown = Een browser

accounts-passphrase-change = Je wachtzin veranderen
accounts-passphrase-new-one = Kies een nieuwe wachtzin
accounts-passphrase-change-text = Als je hem bewaart, word je overal anders uitgelogd.
accounts-passphrase-new-text = Je kwam binnen met een link. Kies een wachtzin voor de volgende keer.
accounts-passphrase-old = Je wachtzin van nu
accounts-passphrase-new = Nieuwe wachtzin
accounts-passphrase-again = Nog een keer dezelfde
accounts-passphrase-hint = Minstens 10 tekens. Een paar woorden die je fijn vindt zijn goed. Spaties en alle tekens mogen.
accounts-passphrase-save = Wachtzin bewaren
accounts-passphrase-changed = Vanaf nu werkt je nieuwe wachtzin.
accounts-passphrase-wrong = Dit is niet je wachtzin van nu.
accounts-passphrase-differs = Deze twee zijn niet hetzelfde. Typ ze allebei opnieuw.
accounts-passphrase-short = Dit is te kort. Gebruik minstens 10 tekens.
accounts-passphrase-long = Dit is te lang. Gebruik hoogstens 1024 tekens.
accounts-passphrase-common = Veel mensen gebruiken deze, of het is je naam. Kies een andere.

accounts-name-short = Deze naam is te kort.
accounts-name-long = Deze naam is te lang.
accounts-name-sign = Gebruik alleen letters, cijfers, spaties en - _ . '
accounts-name-mixed = Gebruik de letters van één alfabet.
accounts-name-email = Dit lijkt op een e-mailadres. Kies een naam. We hebben je adres niet nodig.
accounts-name-number = Dit lijkt op een telefoonnummer of een persoonlijk nummer. Kies een naam.
accounts-name-taken = Iemand heeft deze inlognaam al. Kies een andere.

accounts-people = Mensen
accounts-people-text = Je ziet inlognamen en rollen. Je ziet niet wie er is, en niet wie onder welke naam schrijft.
accounts-people-invite = Mensen uitnodigen
accounts-resting = in rust
accounts-more = Meer
accounts-back = Terug
accounts-back-me = Terug naar ik
accounts-back-people = Terug naar mensen
accounts-not-now = Nu niet
accounts-not-yours = Iemand met een andere rol zorgt voor dit account.

accounts-role = Rol
accounts-role-member = Lid
accounts-role-host = Gastheer of gastvrouw
accounts-role-moderator = Moderator
accounts-role-admin = Beheerder
accounts-role-auditor = Auditor
accounts-role-change = De rol veranderen
accounts-role-hint = Het geldt vanaf de volgende klik van deze persoon.
accounts-role-save = Rol bewaren
accounts-role-changed = De rol is veranderd.
accounts-last-admin = Dit is de laatste beheerder. Maak eerst iemand anders beheerder.

accounts-link-make = Wachtzin vergeten?
accounts-link-make-text = Print een link voor deze persoon. Hij werkt één keer, 24 uur lang. Geef hem met de hand.
accounts-link-make-do = Een inloglink maken
accounts-link-paper = Een link om in te loggen
accounts-link-paper-text = Open deze link, of richt je telefoon op het plaatje. Hij werkt één keer, 24 uur lang.
accounts-deactivate = Dit account in rust zetten
accounts-deactivate-text = Deze persoon kan niet inloggen. Er wordt niets gewist. Je kunt het account weer wakker maken.
accounts-deactivate-do = In rust zetten
accounts-deactivated = Het account is in rust.
accounts-reactivate = Dit account wakker maken
accounts-reactivate-text = Dit account is in rust. Deze persoon kan niet inloggen.
accounts-reactivated = Het account is wakker. Deze persoon kan weer inloggen.

accounts-invitations = Uitnodigingen
accounts-invitations-text = Elke uitnodiging werkt één keer, 30 dagen lang. Print haar en geef haar met de hand. We vragen geen e-mail, geen telefoonnummer en geen echte naam.
accounts-invite-role = Ze komen als
accounts-invite-count = Hoeveel
accounts-invite-count-wrong = Schrijf een getal van 1 tot { $most }.
accounts-invite-do = Uitnodigingen maken
accounts-invitations-made = Eerder gemaakte uitnodigingen
accounts-invitation-open = open
accounts-invitation-until = tot { $day }
accounts-invitation-used = gebruikt
accounts-invitation-revoked = ingetrokken
accounts-invitation-expired = te oud
accounts-invitation-withdraw = Intrekken
accounts-invitation-withdraw-this = De uitnodiging { $label } intrekken
accounts-invitation-withdrawn = De uitnodiging werkt niet meer.
accounts-papers = Uitnodigingen om te printen
accounts-paper-once = Je ziet de link alleen nu. Print deze pagina voor je weggaat.
accounts-paper-text = Hallo. Dit is een rustige plek om mensen te ontmoeten. Je kiest daar zelf je naam. Niemand buiten kan zien dat je er bent. Open deze link, of richt je telefoon op het plaatje.
accounts-paper-until = Voor één persoon, als: { $role }. Werkt één keer, tot { $day }.
accounts-qr = Een plaatje van de link, voor de camera van een telefoon

# Twee lijsten met rustige woorden (de-woorden); van elk één maakt een vriendelijke naam, zoals "Stille Wilg".
accounts-calm-first = Stille, Zachte, Vroege, Groene, Zilveren, Gouden, Blauwe, Warme, Kleine, Wilde, Heldere, Zonnige, Mistige, Rustige, Vrolijke, Dappere, Nieuwsgierige, Trouwe, Lichte, Ruime, Verre, Witte, Bonte, Late, Frisse, Milde, Open, Losse, Ronde, Vrije
accounts-calm-second = Wilg, Varen, Merel, Reiger, Esdoorn, Berk, Els, Hazelaar, Klaver, Heide, Distel, Weide, Rivier, Beek, Haven, Kiezel, Lantaarn, Wolk, Bries, Regen, Zwaluw, Mus, Vink, Otter, Haas, Eikel, Ceder, Leeuwerik, Kievit, Jeneverbes, Braam, Stern, Beuk, Linde, Duin, Golf

# De belofte van geheimhouding. Wie een zin van -1 tot -5 of van on-1 en on-2 verandert, maakt VERSION in confidentiality/mod.rs één hoger.
accounts-confidential = Mijn belofte van geheimhouding
accounts-confidential-why = Wie hier een rol heeft, ziet meer van mensen. Daarom belooft iedereen dit voordat die een rol krijgt.
accounts-confidential-1 = Wat ik hier over mensen hoor, lees of zie, blijft bij mij. Ook dat iemand hier is, blijft bij mij.
accounts-confidential-2 = Ik vertel het niet aan familie, vrienden, collega's of wie dan ook. Ook niet zonder namen.
accounts-confidential-3 = Ik kijk alleen naar wat ik nodig heb voor mijn taak. Ik praat er alleen over met mensen van dit huis die het nodig hebben.
accounts-confidential-4 = Als iemand in gevaar is, volg ik de afspraken van dit huis. Dan mag ik hulp vragen.
accounts-confidential-5 = Deze belofte gaat door als ik geen rol meer heb, en als ik weg ben. Wie haar breekt, kan gevolgen krijgen, ook volgens de wet.
accounts-confidential-tick = Ik heb dit gelezen en ik beloof het
accounts-confidential-tick-first = Lees dit en vink het vakje aan. Voor de rol is deze belofte nodig.
accounts-confidential-do = Ik beloof dit
accounts-confidential-saved = Dit is vastgelegd. Je kunt het hier altijd lezen.
accounts-confidential-invited = Deze uitnodiging is voor een rol in dit huis. Lees dit en beloof het.
accounts-confidential-on-1 = Je hebt nu geen rol. Wat je hebt beloofd, gaat door.
accounts-confidential-on-2 = Wat je hier over mensen hoorde, las of zag, blijft nog steeds bij jou.
accounts-confidential-on-tick = Ik houd me eraan, ook vanaf nu
accounts-confidential-on-do = Bevestigen
accounts-confidential-records = Wat is vastgelegd
accounts-confidential-said-page = Je beloofde dit hier op { $date }.
accounts-confidential-said-paper = Je tekende dit op papier op { $date }.
accounts-confidential-said-on = Op { $date } bevestigde je dat het doorgaat.
accounts-confidential-of = Belofte van geheimhouding
accounts-confidential-none = nog geen verklaring
accounts-confidential-how = Voordat iemand een rol krijgt, belooft die geheimhouding. Dat kan op deze pagina of op papier.
accounts-confidential-they-page = Beloofd op een pagina hier, { $date }.
accounts-confidential-they-paper = Getekend op papier, { $date }.
accounts-confidential-duty = Deze persoon heeft nu geen rol. De plicht tot geheimhouding gaat door.
accounts-confidential-paper = Het is op papier getekend
accounts-confidential-day = Dag op het papier
accounts-confidential-day-hint = Bewaar het papier zelf in het huis. Hier staat alleen de dag.
accounts-confidential-day-wrong = Schrijf de dag op het papier als jaar-maand-dag, zoals 2026-03-01. De dag kan niet in de toekomst liggen.
accounts-confidential-paper-do = Het papier vastleggen
accounts-confidential-recorded = Vastgelegd is dat dit op papier is getekend.
accounts-confidential-missing = Deze persoon heeft nog geen geheimhouding beloofd en houdt daarom de rol van nu. Beloven kan op { $page }. Of een beheerder legt het papier vast.
accounts-confidential-missing-refused = Deze persoon heeft nog geen geheimhouding beloofd en houdt daarom de rol van nu.
