# Rammens ord: menu, bund, fejlsider.

web-skip = Gå til siden
web-menu = Menu
web-menu-home = Forside
web-menu-groups = Grupper
web-menu-me = Mig
web-menu-desk = Vagten
web-menu-admin = Huset
web-menu-sign-in = Log ind
web-help-now = Hjælp nu
web-language = Sprog
web-foot = Ingen reklamer, ingen sporing, ingen tællere.

web-optional = (må gerne stå tomt)
web-error-heading = Se lige på det her igen
web-required = Udfyld det her felt.

web-problem-back = Tilbage
web-problem-home = Til forsiden
web-problem-not-found = Siden findes ikke her
web-problem-not-found-text = Den er måske fjernet, eller den er ikke til dig. Du har ikke gjort noget forkert.
web-problem-sign-in = Log ind først
web-problem-sign-in-text = Siden er for medlemmer. Når du er logget ind, kan du gå videre.
web-problem-forbidden = Det her er til en anden
web-problem-forbidden-text = Din konto kan ikke åbne siden. Hvis du mener, at den burde, så spørg en vært.
web-problem-refused = Det lykkedes ikke
web-problem-too-many = Vent et øjeblik
web-problem-too-many-text = { $minutes ->
    [one] Det er prøvet mange gange på kort tid. Du kan prøve igen om et minut.
   *[other] Det er prøvet mange gange på kort tid. Du kan prøve igen om { $minutes } minutter.
}
web-problem-bad-form = Vi kunne ikke læse formularen
web-problem-bad-form-text = Intet er gemt. Gå tilbage i din browser, og prøv igen. Gør teksten kortere, hvis den er meget lang.
web-problem-other-site = Vi tog ikke imod formularen
web-problem-other-site-text = Den kom ikke fra en side i dette hus, så intet er ændret. Åbn siden her, og prøv igen.
web-problem-other-host = Det er ikke vores adresse
web-problem-other-host-text = Du kom hertil under et andet navn. Skriv den adresse, som du fik af dit hus.
web-problem-unavailable = Det kan vi ikke lige nu
web-problem-unavailable-text = Noget i vores hus svarer ikke. Prøv igen om et par minutter. Hjælp nu virker stadig.
web-problem-internal = Noget gik galt hos os
web-problem-internal-text = Det er vores fejl, ikke din. Prøv igen. Sig det til en vært, hvis det sker igen.
web-kept = Din tekst er her stadig
web-kept-signed-out = Du er blevet logget ud i mellemtiden. Der er ikke sendt noget. Kopiér din tekst, log ind, og send den igen.
web-kept-not-here = Det kan ikke sendes her, eller ikke længere. Der er ikke sendt noget. Kopiér din tekst, før du går videre.
web-kept-busy = Noget i vores hus svarer ikke. Der er ikke sendt noget. Kopiér din tekst, og prøv igen om nogle minutter.
web-kept-copy = Du kan kopiere din tekst her.
web-kept-sign-in = Log ind på en ny side
web-kept-home = Til forsiden
