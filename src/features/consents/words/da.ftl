# Ord om samtykker: det, nogen har sagt ja eller nej til.

consents-title = Det, jeg har sagt ja til
consents-back = Tilbage til min side
consents-intro = Her står hvert ja og hvert nej fra dig, med de ord du så. Du kan tage hvert ja tilbage. Din hjælp er den samme.
consents-none = Her er ikke noget, du har sagt ja til.
consents-house = At være her, i { $house }
consents-share = At dele det, jeg skriver i { $group }
consents-elsewhere = I et andet hus: { $title }
consents-said-given = Du sagde ja den { $date }.
consents-said-narrowed = Du sagde ja til færre huse den { $date }.
consents-said-withdrawn = Du tog dit ja tilbage den { $date }.
consents-said-declined = Du sagde nej den { $date }.
consents-words = Det her så du:
consents-notice = Læs, hvad du dengang fik at vide om dine oplysninger
consents-basis-consent = Det hviler på dit samtykke.
consents-basis-contract = Det hviler på det, du bad os om at gøre.
consents-secrecy-yes = Det løser nogen fra tavshedspligten.
consents-secrecy-no = Det løser ingen fra tavshedspligten.
consents-visibility = Det siger, hvem der kan se det, du skriver.
consents-take-back = Tag mit ja tilbage
consents-take-back-text = Fra da af går intet nyt fra dig til disse huse. Det, du skrev i gruppen, tages væk overalt, og hvert hus bekræfter det.
consents-take-back-leaves = Du går også ud af gruppen. Vi kan ikke skjule dine ord for nogle huse og vise dem til andre huse i samme gruppe. Du kan altid komme tilbage.
consents-take-back-do = Tag mit ja tilbage og gå ud af gruppen
consents-house-back = Det tager du tilbage ved at slette din konto.
consents-house-erase = Slet alt
consents-before = Tidligere
