# Partners: huizen die groepen met ons delen.

partners-title = Huizen waarmee we delen
partners-intro = Dit zijn andere organisaties. Sommige groepen delen we met één of meer van hen. Bij elke groep staat met wie. Zij krijgen nooit een lijst van de mensen hier.
partners-none = Er zijn nog geen partnerhuizen.
partners-no-promise = Dit huis gebruikt andere software. Het kan niet beloven dat het bevestigt als iets is veranderd of weggehaald.
partners-state-proposed = wacht op hun antwoord
partners-state-active = actief
partners-state-paused = op pauze
partners-state-ended = gestopt
partners-since = sinds { $date }
partners-desk-title = Partnerhuizen
partners-desk-intro = Alleen partners kunnen met dit huis praten of er iets van lezen. Eerst noemen beide kanten elkaar.
partners-proposed-text = Wij hebben hen genoemd. Zodra hun beheerder ons ook noemt, wordt het vanzelf actief.
partners-add = Een partner toevoegen
partners-add-text = Maak eerst een afspraak met de andere organisatie. Geef hun jullie adres: { $ours }. Jullie voegen elkaar allebei toe. Toevoegen is ja zeggen tegen de standaardafspraak.
partners-address = Adres van hun huis
partners-address-hint = Bijvoorbeeld https://herning.example
partners-without = Zij gebruiken andere software (zonder handdruk)
partners-without-hint = Dan is het meteen actief. We kunnen niet nagaan of zij wissen wat we vragen te wissen.
partners-add-button = Toevoegen
partners-pause = Nu pauzeren
partners-pause-text = Er gaat niets uit en er komt niets binnen tot je hervat. Wat wacht, blijft bewaard.
partners-resume = Hervatten
partners-resume-text = Wat wachtte, wordt eerst verstuurd, op volgorde.
partners-end = Dit partnerschap stoppen
partners-end-text = Hun wordt gevraagd elke kopie te wissen, en hun bevestigingen staan daarna hier. Verder gaat er niets meer heen en weer. Lidmaatschappen tussen beide huizen eindigen.
partners-end-button = Stoppen
partners-waiting = Wat op hen wacht
partners-back = Alle partnerhuizen
partners-error-address = Schrijf het hele adres, bijvoorbeeld https://herning.example, zonder iets erachter.
partners-error-ourselves = Dit is jullie eigen adres. Schrijf het adres van het andere huis.
partners-error-https = Het adres moet met https:// beginnen.
partners-error-unknown = Deze partner is niet meer bekend.
partners-error-state = Dat kan niet in de toestand waarin dit partnerschap nu is. Bekijk de pagina opnieuw.
partners-error-later = Dit lukte nu niet. Probeer het over een minuut nog eens.
partners-said-named = Toegevoegd. Het wordt vanzelf actief als beide kanten elkaar hebben genoemd.
partners-said-paused = Op pauze. Er beweegt nu niets.
partners-said-resumed = Hervat. Wat wachtte, wordt nu verstuurd.
partners-said-ended = Gestopt. Hun is gevraagd te wissen wat zij hebben.
partners-said-retry = Het wordt nu opnieuw geprobeerd.
partners-queue-link = Wat nog verstuurd moet worden
partners-queue-title = Wat nog verstuurd moet worden
partners-queue-intro = Elk bericht aan een partner staat hier tot het is aangekomen. Je ziet de soort, nooit de tekst.
partners-queue-all = Toon ook wat is aangekomen
partners-queue-only-open = Toon alleen wat open is
partners-queue-empty = Er wacht niets.
partners-queue-written = Geschreven
partners-queue-partner = Aan
partners-queue-kind = Soort
partners-queue-state = Toestand
partners-queue-tries = Pogingen
partners-queue-do = Doen
partners-queue-waiting = wacht
partners-queue-delivered = aangekomen
partners-queue-refused = door hen geweigerd
partners-queue-gave_up = opgegeven
partners-queue-cancelled = niet meer nodig
partners-queue-held = vastgehouden, de schrijver heeft alles stilgezet
partners-queue-next = { $attempts } keer geprobeerd. Volgende poging: { $time }
partners-queue-then = volgende poging { $time }
partners-verb-accept = Een antwoord of een bevestiging
partners-verb-announce = Iets nieuws in een groep
partners-verb-create = Een bericht
partners-verb-delete = Iets om te wissen
partners-verb-flag = Een melding of een zorg
partners-verb-follow = Vragen om mee te doen
partners-verb-offer = Een aanbod voor een afspraak
partners-verb-reject = Een nee
partners-verb-undo = Iets wat is teruggenomen
partners-verb-update = Een wijziging
partners-verb-other = Iets anders
partners-queue-retry = Nu proberen
partners-queue-older = Ouder
partners-parked-title = Wat opzij is gelegd
partners-parked-intro = Deze berichten zijn aangenomen, en toen ging er iets mis. Er is niets mee gedaan. Je ziet de soort, nooit de tekst. Gaat het na een update weer mis, vertel het dan aan de makers van Haven.
partners-parked-came = Berichten van partners
partners-parked-own = Werk van dit huis
partners-parked-none = Er is niets opzij gelegd.
partners-parked-when = Wanneer
partners-parked-why = Waarom
partners-parked-from = { $kind }, van { $house }
partners-parked-work = Werk binnen dit huis ({ $kind })
partners-parked-panicked = Een fout in het programma
partners-parked-database = De database nam het niet aan
partners-parked-some = { $count ->
    [one] Eén ding is opzij gelegd omdat er iets misging.
   *[other] { $count } dingen zijn opzij gelegd omdat er iets misging.
  }
partners-parked-link = Bekijk het
partners-essence = Wat zij over zichzelf zeggen
partners-not-confirmed = Nog niemand van dat huis heeft dit bevestigd.
partners-what-flows = Wat we delen
partners-never = Zij krijgen nooit een lijst van de mensen hier.
partners-groups-shared =
    { $count ->
        [one] Eén groep van ons huis delen we met hen.
       *[other] { $count } groepen van ons huis delen we met hen.
    }
partners-field-purpose = Waarvoor
partners-field-role = Wie verantwoordelijk is voor de gegevens
partners-role-separate = Elk huis voor zichzelf
partners-role-joint = Beide huizen samen
partners-role-processor = Zij werken voor het andere huis
partners-field-country = Land waar de gegevens staan
partners-field-country-hint = Twee letters, bijvoorbeeld NL of DK
partners-field-contact = Contact voor privacy
partners-field-hours = Uren waarop er iemand is
partners-field-hours-hint = Bijvoorbeeld Mo-Fr 09:00-17:00 (maandag tot vrijdag)
partners-field-worry = Wie een zorg aanneemt
partners-field-worry-hint = De naam van een balie of een telefoonnummer. Partnerhuizen en leden lezen het.
partners-field-retention = Hoe lang kopieën na het einde blijven
partners-field-retention-hint = In dagen. 0 betekent dat ze meteen worden gewist.
partners-days =
    { $count ->
        [0] niet
        [one] één dag
       *[other] { $count } dagen
    }
partners-flow-groups-yes = Groepen mogen worden gedeeld
partners-flow-groups-no = Er mogen geen groepen worden gedeeld
partners-flow-media-yes = Foto's van gedeelde groepen gaan mee
partners-flow-media-no = Foto's blijven in hun eigen huis
partners-flow-directory-yes = Gedeelde groepen staan in de groepenlijst van het andere huis
partners-flow-directory-no = Gedeelde groepen staan niet in de lijst van het andere huis
partners-until = De afspraak loopt tot { $date }
partners-no-end = De afspraak heeft geen einddatum
partners-stage-proposed = Wij hebben hen genoemd. Zodra beide kanten ja zeggen tegen dezelfde afspraak, testen de huizen elkaar.
partners-stage-agreed = Beide kanten zeiden ja. Nu testen de huizen elkaar. Na een goede test wordt het vanzelf actief.
partners-stage-tested = De test was goed.
partners-over = De afspraak liep af op { $date }. Maak een nieuwe, of stop het partnerschap.
partners-trouble-other-terms = Zij bieden een andere afspraak aan dan wij. Bekijk hun aanbod hieronder en geef antwoord.
partners-trouble-changed = Zij zeiden ja tegen een oudere versie van ons aanbod. Er is dus nog niets afgesproken. Zij hebben het nieuwe aanbod; wacht op hun antwoord.
partners-trouble-declined = Zij zeiden nee tegen ons aanbod. Verander de afspraak hieronder om opnieuw aan te bieden, of stop.
partners-trouble-no-terms = Hun aanbod zegt niets over een afspraak. Vraag hun de software bij te werken.
partners-ended-by-us = Wij zijn gestopt.
partners-ended-by-them = Zij zijn gestopt.
partners-they-say = Zij zeggen: "{ $words }"
partners-offer = Hun aanbod
partners-offer-text = Wat zij over zichzelf zeggen, staat hieronder. Met een ja geldt dit voor beide huizen.
partners-accept = Ja zeggen
partners-decline = Nee zeggen
partners-decline-words = Een zin voor hun beheerder
partners-receipts-title = Wissen van wat zij hebben
partners-receipts = { $confirmed } van { $told } kopieën zijn bevestigd als gewist.
partners-declared = Wat zij verklaren
partners-declared-nothing = Zij hebben nog niets over zichzelf gezegd.
partners-write-down = Opschrijven wat zij zeggen
partners-write-down-save = Bewaren
partners-agreement = Afspraak
partners-nothing-agreed = Er is nog niets afgesproken.
partners-agreed-at = Afgesproken op { $date }
partners-terms = Een andere afspraak aanbieden
partners-terms-text = Zij moeten eerst ja zeggen. Tot dan geldt wat eerder was afgesproken.
partners-expires = Laatste dag van de afspraak
partners-stop-when-over = Vanzelf pauzeren als de afspraak voorbij is
partners-terms-save = Deze afspraak aanbieden
partners-signed-at = De ondertekende tekst is toegevoegd op { $date }.
partners-signed-read = Lezen
partners-attach = De ondertekende tekst toevoegen
partners-attach-text = De tekst die beide huizen ondertekenden
partners-attach-save = Toevoegen
partners-test = Test
partners-test-text = Een klein testbericht wordt verstuurd, veranderd en gewist. Niemand ziet het. Zij bevestigen elke stap. Dit gebeurt elke nacht.
partners-test-good = De laatste test was goed: bericht, wijziging en wissen zijn bevestigd.
partners-test-running = De test loopt. Kijk over een minuut nog eens.
partners-test-failed-post = De test is mislukt: zij bevestigden het bericht niet.
partners-test-failed-edit = De test is mislukt: zij bevestigden de wijziging niet.
partners-test-failed-erase = De test is mislukt: zij bevestigden het wissen niet.
partners-test-last = Laatste goede test: { $date }
partners-test-button = Nu testen
partners-end-words = Een zin voor hun beheerder
partners-own-title = Wat ons huis verklaart
partners-own-intro = Partnerhuizen krijgen dit bij ons aanbod. Hun leden kunnen het lezen.
partners-own-unconfirmed = Nog niemand heeft dit bevestigd. Kijk of het klopt, verander het en bewaar.
partners-own-confirmed = Bevestigd op { $date }
partners-own-save = Dit klopt – bewaren
partners-error-country = Schrijf de twee letters van een land, bijvoorbeeld NL.
partners-error-hours = Schrijf dagen en uren als Mo-Fr 09:00-17:00.
partners-error-retention = Schrijf een aantal dagen van 0 tot 3650.
partners-error-date = Kies een dag, of laat het leeg.
partners-error-signed = Plak de tekst. Er mogen hoogstens een miljoen tekens in staan.
partners-error-no-offer = Er wacht geen aanbod van hen meer op antwoord.
partners-error-offer-changed = Zij hebben hun aanbod intussen veranderd. Bekijk het opnieuw voor je antwoordt.
partners-error-incomplete = Vul doel, contact, land, uren en wie een zorg aanneemt in.
partners-error-other-software = Dit huis gebruikt andere software. Het kan dat niet.
partners-error-other-way = Dit huis is al partner, op de andere manier (met of zonder handdruk). Beëindig dat eerst en voeg het dan opnieuw toe.
partners-error-test-runs = Er loopt al een test. Binnen tien minuten staat de uitkomst op deze pagina.
partners-error-what-if = Kies een partner, en voor delen ook een groep.
partners-said-accepted = Je zei ja. Nu testen de huizen elkaar.
partners-said-declined = Je zei nee. Zij horen het.
partners-said-terms = Bewaard. Het wordt hun gevraagd.
partners-said-declared = Bewaard.
partners-said-attached = De tekst is toegevoegd.
partners-said-test = De test is begonnen.
partners-said-rules = De regels gelden nu.
partners-policy-title = Regels voor delen
partners-policy-intro = De smalste regel wint: eerst een regel voor een groep bij een partner, dan voor een partner of groep, dan voor het huis.
partners-rule-house = Het hele huis
partners-rule-share = Groepen van ons huis mogen worden gedeeld
partners-rule-directory = Gedeelde groepen staan in hun groepenlijst
partners-rule-media = Foto's van gedeelde groepen gaan mee
partners-rule-join = Onze mensen mogen meedoen in hun groepen
partners-rule-strangers = Onze mensen mogen meedoen in groepen die ook andere organisaties lezen
partners-rule-known = Organisaties die we kennen zonder partner te zijn
partners-rule-known-hint = Eén adres per regel
partners-rule-as-house = Zoals voor het huis
partners-rule-allow = Ja
partners-rule-deny = Nee
partners-rule-none = geen regel
partners-strangers-allow = Ja, altijd
partners-strangers-known = Alleen als we ze allemaal kennen
partners-strangers-never = Nee
partners-rules-save = De regels bewaren
partners-rules-for = Regels voor deze partner
partners-rule-groups = Groepen die toch met hen mogen worden gedeeld
partners-rule-groups-hint = Staat delen hierboven op "Nee", dan mogen alleen deze.
partners-exceptions = Uitzonderingen
partners-export = De regels als bestand downloaden
partners-import-title = Regels als bestand
partners-import-book = Tekst van het bestand
partners-import-hint = Plak hier een bestand. Je ziet eerst wat er zou veranderen.
partners-import-look = Bekijken wat er zou veranderen
partners-import-same = Dit bestand verandert niets.
partners-import-changes = Deze regels zouden veranderen:
partners-import-change = { $scope }: { $what } – nu { $before }, dan { $after }
partners-import-do = Deze regels laten gelden
partners-import-nothing = Er is niets veranderd. Herstel dit in het bestand en probeer opnieuw.
partners-book-unreadable = Dit bestand kan niet worden gelezen: { $what }
partners-book-unknown-rule = In het bestand staat een regel die we niet kennen: { $what }
partners-book-bad-value = Een regel kan deze waarde niet hebben: { $what }
partners-book-unknown-partner = Het bestand noemt een partner die hier niet bekend is: { $what }. Voeg die eerst toe.
partners-book-unknown-group = Het bestand noemt een groep die hier niet bekend is: { $what }
partners-book-twice = Het bestand zegt twee dingen over hetzelfde: { $what }
partners-book-version = Het bestand is van versie { $what }. Wij lezen versie 1.
partners-dry-title = Wat zou er veranderen als …
partners-dry-intro = Kijken verandert niets. De laatste 30 dagen zijn beoordeeld alsof het zo was.
partners-dry-what = Wat
partners-dry-partner = Partner
partners-dry-which-group = Groep
partners-dry-which-group-hint = Alleen voor delen
partners-dry-look = Bekijken
partners-dry-pause = de partner pauzeren
partners-dry-resume = de partner laten hervatten
partners-dry-end = het partnerschap stoppen
partners-dry-share = een groep delen
partners-dry-unshare = een groep niet meer delen
partners-dry-stop = Berichten van de laatste 30 dagen die niet waren gegaan: { $count }
partners-dry-start = Berichten die er extra zouden gaan, van de laatste 30 dagen of van wat wacht: { $count }
partners-dry-same = Berichten die net zo waren gegaan: { $count }
partners-dry-held = Berichten die nu wachten en blijven wachten: { $count }
partners-dry-dropped = Berichten die nu wachten en nooit meer worden verstuurd: { $count }
partners-dry-erase-there = Kopieën bij de partner die gewist moeten worden: { $count }
partners-dry-erase-here = Kopieën van de partner die hier gewist worden: { $count }
partners-dry-relations = Lidmaatschappen die zouden eindigen: { $count }
partners-dry-groups = Groepen
partners-dry-group = { $group } ({ $partner }): { $theirs } van hen, { $ours } van ons
partners-dry-examples = Voorbeelden
partners-task-declare = Bevestig wat ons huis verklaart: uren, contact, wie een zorg aanneemt.
partners-task-answer = { $house } wacht op ons antwoord op hun aanbod.
partners-task-changed = { $house } zei ja tegen een oudere versie van ons aanbod.
partners-task-declined = { $house } zei nee tegen ons aanbod.
partners-task-no-terms = Het aanbod van { $house } zegt niets over een afspraak.
partners-task-test = De laatste test bij { $house } is mislukt.
partners-task-expires = De afspraak met { $house } loopt tot { $date }.
partners-task-over = De afspraak met { $house } liep af op { $date }.
partners-task-write-down = Schrijf op wat { $house } over zichzelf zegt. Het kan dat niet zelf melden.
partners-error-declared-anew = Ze verklaren intussen iets anders. Kijk er nog eens naar.
partners-said-looked = Dank je. Wat ze nu verklaren, is bekend.
partners-changed-title = Ze verklaren nu iets anders
partners-changed-text = Bekijk beide. Voor wat gedeeld wordt, geldt de linkerkant tot je het gezien hebt. Wie wanneer bereikbaar is, ziet iedereen zoals het nu is.
partners-changed-what = Wat
partners-changed-before = Afgesproken
partners-changed-now = Nu
partners-changed-seen = Ik heb het gezien
partners-paused-widened = Dit huis richtte aan de hele wereld wat voor enkelen geschreven was. Daarom is het gepauzeerd. Praat met de beheerder. Laat het daarna verdergaan, of beëindig het.
partners-paused-gone = De server van dit huis zegt dat hij voorgoed weg is. Daarom is de samenwerking gepauzeerd; wat wacht, wordt bewaard. Vraag het aan de beheerder. Laat het daarna verdergaan, of beëindig het.
partners-undeclared = Ze zeggen niet wanneer er iemand is, of wie een zorg aanneemt. Daarom wordt geen groep met hen gedeeld.
partners-task-widened = { $house } is gepauzeerd. Het richtte aan de hele wereld wat voor enkelen geschreven was.
partners-task-gone = { $house } is gepauzeerd. De server zegt dat hij voorgoed weg is.
partners-task-declared = { $house } verklaart nu iets anders. Kijk ernaar.
partners-task-undeclared = { $house } zegt niet wanneer er iemand is of wie een zorg aanneemt. Er wordt geen groep mee gedeeld.
partners-stale = Iemand heeft dit veranderd terwijl je hier was. Er is niets toegepast. Wat je koos, staat hieronder. Vergelijk het met wat nu geldt en bewaar het opnieuw.
partners-dry-look-first = Wat zou er veranderen?
partners-dry-do = Doe precies dit
partners-dry-back = Terug zonder iets te veranderen
partners-dry-add = het huis toevoegen
partners-dry-add-title = Wat als we een huis toevoegen?
partners-dry-flows = Wat anders zou gaan
partners-dry-flow-share = De groep delen
partners-dry-flow-may-share = Een gastheer of gastvrouw kan de groep met hen delen
partners-dry-flow-directory = In hun lijst van groepen staan
partners-dry-flow-media = Foto's van de groep
partners-dry-flow-join = Deelnemen door onze mensen
partners-dry-would-stop = Zou stoppen: { $what }. { $reason }
partners-dry-would-start = Zou beginnen: { $what }. Tot nu toe: { $reason }
partners-reason-not-yet-partner = Beide kanten zijn het nog niet eens.
partners-reason-paused-partner = De partner is gepauzeerd.
partners-reason-ended-partner = Het partnerschap is voorbij.
partners-reason-not-shared = De groep wordt niet met hen gedeeld.
partners-reason-outside-audience = Het is niet voor hen geschreven.
partners-reason-not-agreed = De overeenkomst staat het niet toe.
partners-reason-not-declared = Ze zeggen niet wanneer er iemand is of wie een zorg aanneemt.
partners-reason-ruled = Een regel van ons huis zegt nee.
partners-reason-unknown-readers = Een organisatie die we niet kennen, leest mee.
partners-reason-other-readers = Andere organisaties lezen mee.
partners-reason-other = Het kan niet weg.
partners-verb-read = Iets dat ze lazen
partners-readers-same = Dezelfde huizen zouden de groep lezen als nu.
partners-readers-refused =
    { $count ->
        [one] Eén huis dat je koos mag deze groep niet lezen. Je kunt pas bewaren als je het weghaalt.
       *[other] { $count } huizen die je koos mogen deze groep niet lezen. Je kunt pas bewaren als je ze weghaalt.
    }
partners-readers-begin =
    { $count ->
        [one] Eén huis zou de groep gaan lezen.
       *[other] { $count } huizen zouden de groep gaan lezen.
    }
partners-readers-told =
    { $count ->
        [one] De ene persoon van ons huis in de groep hoort het eerst.
       *[other] De { $count } mensen van ons huis in de groep horen het eerst.
    }
partners-readers-more =
    { $count ->
        [0] Er waren in de laatste 30 dagen geen berichten die er ook heen waren gegaan.
        [one] Eén bericht van de laatste 30 dagen was er ook heen gegaan. Wat al geschreven is, gaat er niet heen.
       *[other] { $count } berichten van de laatste 30 dagen waren er ook heen gegaan. Wat al geschreven is, gaat er niet heen.
    }
partners-readers-stop =
    { $count ->
        [one] Eén huis zou de groep niet meer lezen.
       *[other] { $count } huizen zouden de groep niet meer lezen.
    }
partners-readers-less =
    { $count ->
        [0] Geen bericht van de laatste 30 dagen was er weggebleven.
        [one] Eén bericht van de laatste 30 dagen was er niet heen gegaan.
       *[other] { $count } berichten van de laatste 30 dagen waren er niet heen gegaan.
    }
partners-readers-dropped =
    { $count ->
        [one] Eén bericht dat nu wacht, zou nooit meer worden verstuurd.
       *[other] { $count } berichten die nu wachten, zouden nooit meer worden verstuurd.
    }
partners-readers-relations-few = Een paar mensen daarvan zouden niet meer in de groep zitten.
partners-readers-relations = { $count } mensen daarvan zouden niet meer in de groep zitten.
partners-readers-copies =
    { $count ->
        [0] Er zijn daar nu geen kopieën van berichten.
        [one] Daar is nu één kopie van een bericht. Die blijft daar. Als het bericht hier wordt verwijderd, horen zij dat.
       *[other] Daar zijn nu { $count } kopieën van berichten. Die blijven daar. Als een bericht hier wordt verwijderd, horen zij dat.
    }
partners-readers-stay =
    { $count ->
        [one] Eén huis zou blijven lezen zoals nu.
       *[other] { $count } huizen zouden blijven lezen zoals nu.
    }
partners-unsigned = Voordat dit huis partners kan hebben, moet het deel over partners in de beoordeling van risico's ondertekend zijn.
partners-unsigned-link = Lezen en ondertekenen
partners-unsigned-kept = Er is niets gedaan. Wat je typte, staat er nog.
partners-unsigned-present = Partners die er nu zijn, gaan door zoals eerst. Nieuwe moeten wachten.
partners-signed-changed = De tekst over partners in de beoordeling van risico's is veranderd sinds er is getekend.
