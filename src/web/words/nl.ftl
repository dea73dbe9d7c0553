# Woorden van het kader: menu, voet, foutpagina's.

web-skip = Naar de pagina
web-menu = Menu
web-menu-home = Begin
web-menu-groups = Groepen
web-menu-me = Ik
web-menu-desk = Balie
web-menu-admin = Dit huis
web-menu-sign-in = Inloggen
web-help-now = Hulp nu
web-language = Taal
web-foot = Geen reclame, niemand volgt je, er wordt niets geteld.

web-optional = (mag leeg blijven)
web-error-heading = Kijk hier nog even naar
web-required = Vul dit nog in.

web-problem-back = Terug
web-problem-home = Naar het begin
web-problem-not-found = Deze pagina is er niet
web-problem-not-found-text = Misschien is ze weggehaald, of ze is niet voor jou bedoeld. Je hebt niets fout gedaan.
web-problem-sign-in = Log eerst in
web-problem-sign-in-text = Deze pagina is voor leden. Na het inloggen kun je verder.
web-problem-forbidden = Dit is voor iemand anders
web-problem-forbidden-text = Met jouw account kun je deze pagina niet openen. Denk je dat het wel moet? Vraag het een gastheer of gastvrouw.
web-problem-refused = Dat is niet gelukt
web-problem-too-many = Wacht even
web-problem-too-many-text = { $minutes ->
    [one] Dit is in korte tijd vaak geprobeerd. Over een minuut kun je het weer proberen.
   *[other] Dit is in korte tijd vaak geprobeerd. Over { $minutes } minuten kun je het weer proberen.
}
web-problem-bad-form = We konden dit formulier niet lezen
web-problem-bad-form-text = Er is niets bewaard. Ga terug in je browser en probeer het opnieuw. Is de tekst erg lang? Maak hem dan korter.
web-problem-other-site = We hebben dit formulier niet aangenomen
web-problem-other-site-text = Het kwam niet van een pagina van dit huis. Er is dus niets veranderd. Open de pagina hier en probeer het opnieuw.
web-problem-other-host = Dit is niet ons adres
web-problem-other-host-text = Je kwam hier onder een andere naam binnen. Typ het adres dat je van je huis kreeg.
web-problem-unavailable = Dit lukt nu even niet
web-problem-unavailable-text = Iets in ons huis geeft geen antwoord. Probeer het over een paar minuten opnieuw. Hulp nu werkt wel.
web-problem-internal = Er ging bij ons iets mis
web-problem-internal-text = Dit is onze fout, niet die van jou. Probeer het nog eens. Gebeurt het weer? Zeg het dan tegen een gastheer of gastvrouw.
web-kept = Je tekst is er nog
web-kept-signed-out = Je was intussen afgemeld. Er is niets verstuurd. Kopieer je tekst, meld je aan en verstuur hem opnieuw.
web-kept-not-here = Dit kan hier niet worden verstuurd, of niet meer. Er is niets verstuurd. Kopieer je tekst voordat je verdergaat.
web-kept-busy = Iets in ons huis antwoordt niet. Er is niets verstuurd. Kopieer je tekst en probeer het over een paar minuten opnieuw.
web-kept-copy = Je kunt je tekst hier kopiëren.
web-kept-sign-in = Aanmelden op een nieuwe pagina
web-kept-home = Naar de eerste pagina
