# Woorden van toestemmingen: waar iemand ja of nee tegen zei.

consents-title = Waar ik ja op zei
consents-back = Terug naar mijn pagina
consents-intro = Hier staat elke ja en elke nee van jou, met de woorden die je zag. Je kunt elke ja terugnemen. Je zorg blijft hetzelfde.
consents-none = Hier staat niets waar je ja op zei.
consents-house = Hier zijn, in { $house }
consents-share = Delen wat ik schrijf in { $group }
consents-elsewhere = In een ander huis: { $title }
consents-said-given = Je zei ja op { $date }.
consents-said-narrowed = Je zei ja voor minder huizen op { $date }.
consents-said-withdrawn = Je nam je ja terug op { $date }.
consents-said-declined = Je zei nee op { $date }.
consents-words = Dit zag je:
consents-notice = Lees wat je toen over je gegevens is verteld
consents-basis-consent = Het rust op jouw toestemming.
consents-basis-contract = Het rust op wat je ons vroeg te doen.
consents-secrecy-yes = Het ontslaat iemand van het beroepsgeheim.
consents-secrecy-no = Het ontslaat niemand van het beroepsgeheim.
consents-visibility = Het zegt wie kan zien wat je schrijft.
consents-take-back = Mijn ja terugnemen
consents-take-back-text = Vanaf dan gaat niets nieuws van jou naar deze huizen. Wat je in deze groep schreef, wordt overal weggehaald, en elk huis bevestigt dat.
consents-take-back-leaves = Je gaat ook uit de groep. We kunnen je woorden niet voor sommige huizen verbergen en ze aan andere huizen van dezelfde groep tonen. Je kunt altijd terugkomen.
consents-take-back-do = Mijn ja terugnemen en uit de groep gaan
consents-house-back = Dit neem je terug door je account te wissen.
consents-house-erase = Alles wissen
consents-before = Eerder
