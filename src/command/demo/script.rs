//! Who lives in the demo and what they say. Nobody here is real.

use haven::features::accounts::Role;

/// One organisation.
pub struct Cast {
    /// Its folder below the data folder.
    pub folder: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    /// What most people there speak.
    pub language: &'static str,
    /// The office that signed its assessment of risks.
    pub officer: &'static str,
    /// The people.
    pub people: &'static [Person],
}

/// One person.
pub struct Person {
    /// The name others see.
    pub name: &'static str,
    /// The name to sign in with, which nobody else knows.
    pub sign_in_name: &'static str,
    /// What they may do.
    pub role: Role,
}

/// One group and what is said in it.
pub struct Circle {
    /// The house it lives in.
    pub home: usize,
    /// Its name.
    pub name: &'static str,
    /// Its language.
    pub language: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Its rules.
    pub rules: &'static [&'static str],
    /// When the host reads.
    pub hours: &'static str,
    /// Who founds and hosts it, at home.
    pub host: &'static str,
    /// The houses it is shared with; none: it stays at home.
    pub shared_with: &'static [usize],
    /// Who else is in it: house and name.
    pub members: &'static [(usize, &'static str)],
    /// Who asks to come in and waits for an answer: house, name, a word.
    pub knocks: Option<(usize, &'static str, &'static str)>,
    /// What is said, in order.
    pub lines: &'static [Line],
    /// How much of it is said before anybody looks.
    pub at_first: usize,
}

/// One post.
pub struct Line {
    /// The house of the writer.
    pub house: usize,
    /// The writer.
    pub who: &'static str,
    /// The language.
    pub language: &'static str,
    /// The topic.
    pub label: &'static str,
    /// The text.
    pub text: &'static str,
    /// The line it answers.
    pub answers: Option<usize>,
}

impl Line {
    /// Under this topic.
    const fn about(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// In answer to that line.
    const fn to(mut self, line: usize) -> Self {
        self.answers = Some(line);
        self
    }
}

const fn nl(who: &'static str, text: &'static str) -> Line {
    Line { house: ZWOLLE, who, language: "nl", label: "", text, answers: None }
}

const fn da(who: &'static str, text: &'static str) -> Line {
    Line { house: HERNING, who, language: "da", label: "", text, answers: None }
}

const fn en(who: &'static str, text: &'static str) -> Line {
    Line { house: BRISTOL, who, language: "en", label: "", text, answers: None }
}

const fn person(name: &'static str, sign_in_name: &'static str, role: Role) -> Person {
    Person { name, sign_in_name, role }
}

const ZWOLLE: usize = 0;
const HERNING: usize = 1;
const BRISTOL: usize = 2;

/// The three houses, in the order of their ports.
pub const HOUSES: [Cast; 3] = [
    Cast {
        folder: "zwolle",
        name: "Zwolle",
        language: "nl",
        officer: "Functionaris gegevensbescherming (demo)",
        people: &[
            person("Merel", "demo lid een", Role::Member),
            person("Wilg", "demo lid twee", Role::Member),
            person("Noorderlicht", "demo lid drie", Role::Member),
            person("Bo", "demo gastvrouw", Role::Host),
            person("Hanne", "demo beheer", Role::Admin),
        ],
    },
    Cast {
        folder: "herning",
        name: "Herning",
        language: "da",
        officer: "Databeskyttelsesrådgiver (demo)",
        people: &[
            person("Lærke", "demo medlem et", Role::Member),
            person("Birk", "demo medlem to", Role::Member),
            person("Fjord", "demo medlem tre", Role::Member),
            person("Ida", "demo vært", Role::Host),
            person("Aksel", "demo leder", Role::Admin),
        ],
    },
    Cast {
        folder: "bristol",
        name: "Bristol",
        language: "en",
        officer: "Data protection officer (demo)",
        people: &[
            person("Fern", "demo member one", Role::Member),
            person("Robin", "demo member two", Role::Member),
            person("Heron", "demo member three", Role::Member),
            person("Sam", "demo host", Role::Host),
            person("Joan", "demo manager", Role::Admin),
        ],
    },
];

/// The groups.
pub const CIRCLES: [Circle; 6] = [MORNING, EVENING, WALKING, KITCHEN, DINNER, GARDEN];

const MORNING: Circle = Circle {
    home: ZWOLLE,
    name: "Morning coffee",
    language: "en",
    purpose: "A slow start of the day, together. Write in your own language, **short is fine**, and you may just read.",
    rules: &["Please leave out names of other people.", "No details of methods of self-harm.", "Be kind. You may skip any question."],
    hours: "Mo-Fr 10:00-16:00",
    host: "Bo",
    shared_with: &[HERNING, BRISTOL],
    members: &[(ZWOLLE, "Merel"), (ZWOLLE, "Wilg"), (HERNING, "Lærke"), (HERNING, "Ida"), (BRISTOL, "Fern"), (BRISTOL, "Sam")],
    knocks: None,
    lines: &[
        nl(
            "Bo",
            "Goedemorgen allemaal. De koffie staat klaar. Wie wil, schrijft één ding dat vandaag *goed genoeg* mag zijn.\n\n\
             Good morning everyone. Write one thing that may be *good enough* today.",
        )
        .about("hello"),
        en("Fern", "Morning from rainy Bristol. My thing: open the curtains before ten. They are open!").to(0),
        da("Lærke", "Godmorgen fra Herning. Jeg vil gå en tur om søen, også hvis det bliver en kort tur.").to(0),
        nl("Merel", "Hoi. Bij mij is het: douchen en dan een boterham. Meer hoeft niet.").to(0),
        en("Sam", "Those are three good plans. @Lærke, how big is the lake?").to(2),
        da("Lærke", "Tre kilometer. Der er en bænk på halvvejen, så man kan altid vende om.").to(2),
        nl("Wilg", "Heeft iemand een tip voor als je 's nachts wakker ligt? Ik heb al **thee** en **radio** geprobeerd.").about("sleep"),
        da("Ida", "Det kender jeg. Jeg skriver tre ting ned, som kan vente til i morgen. Så ligger de på papiret og ikke i hovedet.").to(6),
        en("Fern", "I get up for ten minutes and sit by the window. Somehow the bed is kinder afterwards.").to(6),
        nl("Wilg", "Dank jullie wel. Dat van het papier ga ik vannacht proberen.").to(6),
        nl("Bo", "Vanmiddag om twee uur lees ik hier weer mee. Niemand hoeft iets, alles mag.").about("hello"),
        en("Fern", "The rain has stopped. I went out, and a blackbird was louder than the traffic.").about("small joys"),
        da("Lærke", "Jeg nåede bænken. Og så gik jeg faktisk hele vejen rundt.").to(11),
        nl("Merel", "Wat fijn! Bij ons zitten er mezen in de heg.").to(11),
        en("Sam", "A good list for a Monday. Thank you for writing it down.").to(11),
        nl("Wilg", "Vannacht drie dingen opgeschreven. Ik sliep pas om drie uur, maar **wel** tot half negen.").to(6),
    ],
    at_first: 11,
};

const EVENING: Circle = Circle {
    home: HERNING,
    name: "Aftentanker",
    language: "da",
    purpose: "Her skriver vi om aftenen og det, der fylder, når dagen er slut. Dansk og engelsk, som det falder.",
    rules: &["Skriv om dig selv, ikke om andre.", "Ingen gode råd uden at spørge først."],
    hours: "Mo-Fr 18:00-21:00",
    host: "Ida",
    shared_with: &[BRISTOL],
    members: &[(HERNING, "Birk"), (HERNING, "Fjord"), (BRISTOL, "Heron")],
    knocks: Some((BRISTOL, "Robin", "Hello Ida, I know Heron from the garden. Evenings are long for me too. May I join?")),
    lines: &[
        da("Ida", "God aften. Hvad var den bedste lyd i dag?").about("aften"),
        da("Birk", "Min nabo øver klaver. Den samme sang hver dag, og i dag kunne hun den.").to(0),
        en("Heron", "The kettle at the centre. It means somebody is staying for a while.").to(0),
        da("Fjord", "Regn på taget. Jeg lå bare og lyttede."),
        en("Heron", "We had that too. I counted the seconds between the drops until I forgot to.").to(3),
        da("Ida", "Tak for i aften. Jeg læser her igen i morgen fra klokken 18. Om natten læser ingen: se *Hjælp nu*, hvis det er svært.")
            .about("aften"),
        da("Birk", "I dag spillede hun noget nyt. Jeg bankede ikke på, men jeg klappede.").to(0),
        en("Heron", "That is the best audience there is.").to(0),
        da("Fjord", "Er der nogen, der har lyst til at læse det samme digt i denne uge? Jeg har et kort et.").about("læse"),
        da("Ida", "Ja, meget gerne. Del det, når du er klar.").to(8),
    ],
    at_first: 6,
};

const WALKING: Circle = Circle {
    home: BRISTOL,
    name: "Walking and weather",
    language: "en",
    purpose: "Short walks, long walks, walks to the letterbox. Say where you went and what the sky did.",
    rules: &["No step counts, please.", "Pictures in words are welcome."],
    hours: "Tu,Th 13:00-15:00",
    host: "Sam",
    shared_with: &[ZWOLLE],
    members: &[(BRISTOL, "Fern"), (BRISTOL, "Robin"), (ZWOLLE, "Noorderlicht"), (ZWOLLE, "Bo")],
    knocks: None,
    lines: &[
        en("Sam", "On Thursday at two some of us walk along the harbour. Quiet pace, you can leave at any bridge.").about("walks"),
        en("Robin", "I will come as far as the first bridge.").to(0),
        nl("Noorderlicht", "Wat een goed idee, weggaan bij elke brug. Hier lopen we zaterdag langs de IJssel.").to(0),
        nl("Bo", "We beginnen bij de grote kastanje, om elf uur. Er is een bankje en er is thee.").to(0),
        en("Fern", "The sky today: grey in the morning, then one stripe of yellow right above the gasworks.").about("sky"),
        nl("Noorderlicht", "Hier: blauw, met wolken als losse **watten**.").to(4),
        en("Robin", "I went to the second bridge. Do not tell my legs.").to(0),
        nl("Bo", "Applaus uit Zwolle!").to(0),
        en("Fern", "Tonight the moon is very thin. If you look west now you can still catch it.").about("sky"),
    ],
    at_first: 6,
};

const KITCHEN: Circle = Circle {
    home: ZWOLLE,
    name: "Keukentafel",
    language: "nl",
    purpose: "Alleen voor ons huis: wie kookt er, wie doet de boodschappen, en wat was er lekker.",
    rules: &["Alles mag op, behalve de taart van vrijdag."],
    hours: "Mo-Fr 09:00-17:00",
    host: "Bo",
    shared_with: &[],
    members: &[(ZWOLLE, "Merel"), (ZWOLLE, "Wilg"), (ZWOLLE, "Noorderlicht"), (ZWOLLE, "Hanne")],
    knocks: None,
    lines: &[
        nl("Bo", "Woensdag koken we samen soep. Wie snijdt mee? Snijden mag ook zwijgend.").about("koken"),
        nl("Merel", "Ik doe de uien. Ik huil toch sneller dan de anderen.").to(0),
        nl("Wilg", "Dan doe ik de prei, naast het open raam.").to(0),
    ],
    at_first: 3,
};

const DINNER: Circle = Circle {
    home: HERNING,
    name: "Fællesspisning",
    language: "da",
    purpose: "Kun for vores hus: hvem spiser med, hvem laver mad, og hvem tager opvasken.",
    rules: &["Man må gerne komme uden at snakke."],
    hours: "Mo-Fr 10:00-15:00",
    host: "Ida",
    shared_with: &[],
    members: &[(HERNING, "Lærke"), (HERNING, "Birk"), (HERNING, "Aksel")],
    knocks: None,
    lines: &[
        da("Ida", "Torsdag klokken 18: frikadeller og kartoffelsalat. Skriv her, hvis du kommer, eller kom bare.").about("mad"),
        da("Birk", "Jeg kommer og tager opvasken. Det er der, de gode samtaler er.").to(0),
        da("Lærke", "Jeg bager en rabarberkage.").to(0),
    ],
    at_first: 3,
};

const GARDEN: Circle = Circle {
    home: BRISTOL,
    name: "Garden gang",
    language: "en",
    purpose: "Only for our house: what grows, what needs water, who has the key of the shed.",
    rules: &["Slugs are neighbours too. Carry them, do not throw them."],
    hours: "We 10:00-12:00",
    host: "Sam",
    shared_with: &[],
    members: &[(BRISTOL, "Fern"), (BRISTOL, "Heron"), (BRISTOL, "Joan")],
    knocks: None,
    lines: &[
        en("Sam", "The beans are up. All of them, even the ones we had given up on.").about("beds"),
        en("Heron", "I have the key of the shed until Friday. Ring when you need it.").to(0),
        en("Fern", "I can water on Saturday. Early, when it is quiet.").to(0),
    ],
    at_first: 3,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_speaks_is_in_the_group() {
        for circle in &CIRCLES {
            assert!(circle.at_first <= circle.lines.len(), "{}", circle.name);
            let in_it = |house: usize, who: &str| circle.members.contains(&(house, who)) || (house == circle.home && who == circle.host);
            for (at, line) in circle.lines.iter().enumerate() {
                assert!(in_it(line.house, line.who), "{}: {}", circle.name, line.who);
                assert!(line.answers.is_none_or(|to| to < at), "{}: line {at}", circle.name);
            }
            for (house, who) in circle.members {
                assert!(*house == circle.home || circle.shared_with.contains(house), "{}: {who}", circle.name);
                assert!(HOUSES[*house].people.iter().any(|person| person.name == *who), "{who}");
            }
        }
    }
}
