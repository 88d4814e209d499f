"""Names and values: fixed lists split into a training and a held-out half, and invented words.

A word belongs to the held-out half by the hash of its lower-case form, so no word can be in both. Invented
words are built from syllables; their half is decided by the same hash. In training any word of the tokenizer, or
pieces of it joined, also stands for names and values: lists of a few hundred are learnt by heart, and then a new
name is neither compared nor copied (88.7 % with the training names against 58.7 % with new ones).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

HELD_OUT_PERCENT = 22


def held_out(word: str) -> bool:
    """True when the word is reserved for evaluation."""
    return hashlib.sha256(word.lower().encode()).digest()[0] * 100 // 256 < HELD_OUT_PERCENT


_FIRST = """Aaron Abigail Ada Adam Adele Agnes Ahmed Aisha Alan Albert Alejandro Alex Alice Alina Alma Amara Amir Amy
Ana Andre Andrea Angela Anita Anna Anton Antonia Arjun Arthur Astrid Audrey Aurora Barbara Beatrice Ben Bianca Boris
Brenda Brian Bruno Camila Carl Carla Carmen Caroline Cecilia Celia Charles Chloe Chris Clara Claudia Colin Connor
Daisy Damien Daniel Daria David Deborah Delia Dennis Diana Diego Dmitri Dominic Dora Dylan Edith Edward Eileen Elena
Eli Elif Elise Ella Emil Emily Emma Eric Erika Ernest Esme Esther Ethan Eva Evelyn Farah Fatima Felix Fiona Frances
Frank Freya Gabriel George Gemma Gloria Grace Greta Hana Hannah Harold Harriet Hassan Hazel Hector Helen Henry Hilda
Hugo Ian Ida Imogen Ines Ingrid Irene Iris Isaac Isabel Ivan Ivy Jack Jacob Jade James Jane Jasmine Jason Javier
Jenna Jerome Joan Joel Johanna John Jonas Joseph Josie Judith Julia Julian June Kai Karen Karim Kate Katya Keith
Kenji Kevin Kiran Klara Lara Laura Leah Leila Lena Leo Leon Lewis Liam Lila Lina Linda Liv Logan Lola Lorenzo Louis
Lucas Lucia Lucy Luis Luna Lydia Mabel Maeve Magnus Maia Malik Marco Margaret Maria Marina Mark Marta Martin Mary
Mateo Matilda Maud Max Maya Megan Mei Melissa Mia Michael Mila Miles Mina Miriam Mohan Molly Mona Morgan Nadia Naomi
Nasreen Natalie Nathan Neil Nell Nia Nicholas Nina Noah Noel Nora Norman Olga Olive Oliver Olivia Omar Oscar Otto
Owen Pablo Paloma Pascal Patricia Paul Paula Pedro Penny Peter Petra Philip Phoebe Pia Priya Quentin Rachel Rafael
Rahul Ralph Ravi Rebecca Rhea Richard Rita Robert Robin Rosa Rose Rowan Ruby Rufus Ruth Ryan Sabina Salma Sam Samira
Sandra Sanjay Sara Sasha Scott Sean Selma Serena Shirin Simon Sofia Sonia Stefan Stella Stephen Susan Sven Sylvia
Tamara Tara Tariq Teresa Theo Thomas Tilda Tobias Tom Tomas Trudy Ursula Valentin Vera Victor Viktor Vincent Viola
Violet Walter Wanda Wendy Willa William Winston Xavier Yara Yasmin Yuki Yusuf Zach Zara Zoe""".split()

_LAST = """Abbott Adler Aguirre Almeida Archer Ashby Bakker Baldwin Banerjee Barlow Becker Bell Berg Bianchi Bishop
Blake Bloom Boyle Brandt Briggs Brook Burke Castillo Chandra Chen Cole Conti Costa Crane Cruz Dahl Dalton Delgado
Dixon Doyle Drake Duarte Dunn Eklund Ellis Farrell Ferrari Field Finch Fischer Flores Fontaine Ford Foster Fox Frost
Garcia Gibson Goldberg Grant Greer Gupta Haas Hale Hansen Hart Hayes Herrera Hill Hoffman Holt Hughes Hunt Ibrahim
Ito Ivanov Jensen Kapoor Keller Kelly Khan Kim Klein Kovacs Lang Larsen Lee Lindgren Lopez Lowe Lund Mahoney Marsh
Mendes Mercer Meyer Miller Mistry Monroe Moreau Moss Murphy Nakamura Nash Novak Nunez Okafor Olsen Ortega Osman Page
Park Patel Petrov Pierce Popov Porter Quinn Ramos Reed Reyes Rhodes Ricci Rossi Roth Sanders Santos Schmidt Shah
Shaw Silva Singh Sloan Sorensen Stark Stone Suarez Svensson Tanaka Tate Thorne Torres Turner Vance Vargas Vogel
Wagner Walsh Ward Watts Weber West Wilde Winter Wong Wood Yamamoto Young Zhang Ziegler""".split()

_TOWN = """Aberdeen Adelaide Alicante Amsterdam Antwerp Athens Auckland Austin Avignon Baltimore Bangkok Barcelona Basel
Bath Belfast Bergen Berlin Bilbao Bogota Bologna Bordeaux Boston Brighton Bristol Brussels Bucharest Budapest Cairo
Calgary Cambridge Cardiff Chicago Cologne Copenhagen Cork Cusco Dakar Dallas Delhi Denver Detroit Dresden Dublin
Dundee Durban Durham Edinburgh Essen Exeter Florence Fresno Galway Geneva Genoa Ghent Glasgow Granada Graz Hamburg
Hanoi Havana Helsinki Hobart Houston Istanbul Jakarta Kingston Krakow Kyoto Lagos Lausanne Leeds Leipzig Lima Lisbon
Liverpool Ljubljana London Lyon Madrid Malmo Manchester Manila Marseille Melbourne Memphis Milan Montreal Moscow
Munich Nairobi Nantes Naples Nashville Newcastle Nice Norwich Oakland Odessa Orlando Osaka Oslo Ottawa Oxford
Palermo Paris Perth Phoenix Pisa Porto Portland Prague Quebec Quito Reading Riga Rome Rotterdam Salem Salzburg
Santiago Seattle Seville Sheffield Sofia Stockholm Strasbourg Stuttgart Sydney Tallinn Tampa Tbilisi Tokyo Toledo
Toronto Trieste Tucson Turin Utrecht Valencia Vancouver Venice Verona Vienna Vilnius Warsaw Wellington York Zagreb
Zurich""".split()

_COUNTRY = """Argentina Australia Austria Belgium Bolivia Brazil Bulgaria Canada Chile China Colombia Croatia Cuba Cyprus
Denmark Ecuador Egypt Estonia Ethiopia Finland France Germany Ghana Greece Hungary Iceland India Indonesia Ireland
Italy Jamaica Japan Jordan Kenya Latvia Lebanon Lithuania Malta Mexico Mongolia Morocco Nepal Nigeria Norway Oman
Pakistan Panama Peru Poland Portugal Romania Scotland Senegal Serbia Singapore Slovenia Spain Sweden Switzerland
Thailand Tunisia Turkey Uganda Ukraine Uruguay Vietnam Wales Zambia""".split()

_RAW: dict[str, str] = {
    "job": """accountant, actor, architect, baker, banker, barber, beekeeper, bookbinder, botanist, bricklayer, bus
    driver, butcher, carpenter, cellist, chef, chemist, choreographer, clerk, cook, curator, dancer, dentist,
    diver, editor, electrician, engineer, farmer, firefighter, fisherman, florist, gardener, geologist,
    glassblower, goldsmith, graphic designer, guide, hairdresser, historian, illustrator, interpreter, janitor,
    jeweller, journalist, judge, lawyer, librarian, lifeguard, locksmith, luthier, mathematician, mechanic,
    midwife, miner, musician, nurse, nutritionist, optician, painter, paramedic, pastry chef, pharmacist,
    photographer, physicist, pilot, plumber, poet, police officer, postman, potter, programmer, publisher,
    ranger, sailor, sculptor, secretary, shepherd, singer, social worker, soldier, surgeon, surveyor, tailor,
    taxi driver, teacher, tour guide, translator, vet, waiter, watchmaker, weaver, welder, zookeeper""",
    "food": """apple pie, bean stew, beef, noodles, blueberry muffins, borscht, burritos, carrot cake, cheese toast,
    chicken curry, clam chowder, couscous, crab cakes, dumplings, falafel, fish tacos, french toast, fried rice,
    garlic bread, gazpacho, gnocchi, goulash, grilled salmon, hot pot, ice cream, jambalaya, kimchi, lasagna,
    lemon tart, lentil soup, mango sorbet, meatballs, miso soup, moussaka, mushroom risotto, onion soup, paella,
    pancakes, pea soup, pesto pasta, pizza, porridge, potato salad, pumpkin pie, quiche, ramen, ratatouille,
    rice pudding, roast duck, samosas, sauerkraut, scones, shepherd's pie, spaghetti, spring rolls, sushi,
    tiramisu, tomato soup, tuna salad, vegetable stew, waffles, walnut bread""",
    "drink": """apple juice, black coffee, black tea, cider, cocoa, coconut water, cold brew, elderflower cordial, espresso,
    ginger ale, ginger tea, green tea, hot chocolate, iced tea, jasmine tea, lemonade, mango lassi, mint tea,
    oat milk, orange juice, peppermint tea, red wine, rooibos, root beer, sparkling water, tomato juice, tonic
    water, white wine""",
    "color": """amber, apricot, aqua, beige, black, blue, bronze, brown, burgundy, charcoal, copper, coral, cream, crimson,
    cyan, dark green, emerald, gold, gray, green, indigo, ivory, khaki, lavender, light blue, lilac, lime,
    magenta, maroon, mint, mustard, navy, ochre, olive, orange, peach, pink, plum, purple, red, rust, sage,
    salmon, scarlet, silver, tan, teal, turquoise, violet, white, yellow""",
    "animal": """alpaca, beagle, border collie, budgie, bulldog, bunny, canary, cat, chameleon, chicken, chinchilla,
    cockatoo, corgi, dachshund, dalmatian, donkey, duck, ferret, finch, gecko, goat, goldfish, goose, greyhound,
    guinea pig, hamster, hedgehog, horse, iguana, kitten, labrador, lizard, llama, lovebird, macaw, mouse, newt,
    parakeet, parrot, pigeon, pony, poodle, pug, puppy, rabbit, rat, retriever, salamander, sheep, siamese cat,
    snake, spaniel, stick insect, tarantula, terrier, toad, tortoise, turtle""",
    "instrument": """accordion, bagpipes, banjo, bass guitar, bassoon, bongos, bugle, cello, clarinet, cornet, didgeridoo, drums,
    dulcimer, fiddle, flute, french horn, guitar, harmonica, harp, harpsichord, kazoo, lute, mandolin, marimba,
    oboe, organ, piano, piccolo, recorder, saxophone, sitar, snare drum, tambourine, theremin, trombone,
    trumpet, tuba, ukulele, viola, violin, xylophone, zither""",
    "sport": """archery, badminton, baseball, basketball, billiards, bowling, boxing, canoeing, chess, climbing, cricket,
    curling, cycling, darts, diving, dodgeball, fencing, field hockey, figure skating, football, golf,
    gymnastics, handball, hiking, hockey, horse riding, ice hockey, judo, karate, kayaking, lacrosse, long jump,
    netball, orienteering, paragliding, polo, powerlifting, rafting, rowing, rugby, running, sailing,
    skateboarding, skiing, snooker, snowboarding, soccer, softball, squash, sumo, surfing, swimming, table
    tennis, tai chi, tennis, trampolining, triathlon, volleyball, water polo, weightlifting, wrestling, yoga""",
    "hobby": """baking, beekeeping, birdwatching, bookbinding, calligraphy, candle making, ceramics, coin collecting,
    crochet, crossword puzzles, embroidery, fishing, flower arranging, foraging, gardening, geocaching,
    genealogy, knitting, leatherwork, letterpress, macrame, magic tricks, metal detecting, model trains, mosaic,
    origami, painting, paper cutting, photography, pottery, pressed flowers, quilting, restoring clocks,
    scrapbooking, sewing, sketching, soap making, stamp collecting, stargazing, storytelling, volunteering,
    watercolours, weaving, whittling, wine making, woodturning, writing poems""",
    "subject": """algebra, anatomy, anthropology, archaeology, art history, astronomy, biology, botany, chemistry, civil
    engineering, classics, computer science, dentistry, drama, ecology, economics, fashion, film, finance,
    forestry, genetics, geography, geology, history, journalism, landscape design, law, linguistics, literature,
    logistics, marine biology, marketing, mathematics, medicine, meteorology, microbiology, music theory,
    nursing, nutrition, oceanography, optics, pharmacy, philosophy, physics, political science, psychology,
    robotics, sociology, statistics, theology, urban planning, veterinary science, zoology""",
    "language": """Arabic, Basque, Bengali, Bulgarian, Catalan, Croatian, Czech, Danish, Dutch, Estonian, Farsi, Finnish,
    Flemish, French, Gaelic, Galician, Georgian, German, Greek, Hebrew, Hindi, Hungarian, Icelandic, Italian,
    Japanese, Korean, Latin, Latvian, Lithuanian, Malay, Maltese, Mandarin, Maori, Norwegian, Polish,
    Portuguese, Romanian, Russian, Serbian, Sicilian, Slovak, Slovenian, Spanish, Swahili, Swedish, Tagalog,
    Tamil, Thai, Turkish, Ukrainian, Urdu, Vietnamese, Welsh, Yiddish, Zulu""",
    "allergen": """almonds, bee stings, cashews, cat hair, celery, cinnamon, coconut, crab, dust, eggs, feathers, fish, gluten,
    grass pollen, hazelnuts, house dust, kiwi, latex, lobster, milk, mold, mustard, nickel, oats, oysters,
    peaches, peanuts, penicillin, pine nuts, poppy seeds, ragweed, sesame, shellfish, shrimp, soy, strawberries,
    sulphites, walnuts, wasps, wheat, wool""",
    "fear": """balloons, bats, birds, blood, bridges, caves, clowns, cockroaches, crowds, darkness, deep water, dentists,
    dogs, dolls, elevators, escalators, fire, flying, ghosts, heights, lightning, mice, moths, needles, open
    spaces, public speaking, rats, sharks, silence, snakes, spiders, storms, thunder, tunnels, wasps""",
    "thing": """accordion case, alarm clock, backpack, bicycle, binoculars, bookcase, bread maker, camera, candle holder,
    canoe, carpet, coffee grinder, compass, cookbook, desk, lamp, drone, dutch oven, electric kettle, espresso
    machine, fish tank, flashlight, folding chair, fountain pen, garden hose, globe, guitar strap, hammock, hat
    rack, headphones, hiking boots, jigsaw puzzle, juicer, keyboard, kite, ladder, laptop, lawn mower, leather
    jacket, lunch box, microscope, mirror, motorbike, oil painting, paint set, passport, picture frame, pillow,
    pocket watch, pressure cooker, printer, quilt, radio, rain coat, record player, rocking chair, rug, sewing
    machine, silver ring, skateboard, sleeping bag, soldering iron, sunglasses, tablet, teapot, telescope, tent,
    toaster, toolbox, typewriter, umbrella, vacuum cleaner, vase, violin bow, wallet, watch, watering can,
    wedding ring, wheelbarrow, wok, wool scarf""",
    "car": """Audi, Bentley, Buick, Cadillac, Chevrolet, Chrysler, Citroen, Dacia, Dodge, Ferrari, Fiat, Ford, Honda,
    Hyundai, Jaguar, Jeep, Kia, Lancia, Lexus, Lincoln, Mazda, Mercedes, Mini, Mitsubishi, Nissan, Opel,
    Peugeot, Pontiac, Porsche, Renault, Rover, Saab, Seat, Skoda, Subaru, Suzuki, Tesla, Toyota, Vauxhall,
    Volkswagen, Volvo""",
    "genre": """ambient, bebop, bluegrass, blues, bossa nova, chamber music, choral music, country, dancehall, disco, dub,
    electro, fado, flamenco, folk, funk, gospel, grunge, heavy metal, hip hop, house, indie rock, jazz, klezmer,
    latin jazz, lounge, opera, polka, pop, post punk, progressive rock, punk, ragtime, rap, reggae, rockabilly,
    salsa, samba, ska, soul, swing, synth pop, tango, techno, trance""",
    "plant": """aloe, avocado tree, azalea, bamboo, basil, begonia, bonsai, cactus, camellia, cherry tree, chives, clematis,
    coriander, cyclamen, daffodils, dahlia, fern, fig tree, fuchsia, gardenia, geranium, hibiscus, holly,
    hyacinth, hydrangea, iris, ivy, jade plant, jasmine, lavender, lemon tree, lilac, magnolia, marigold, mint,
    oleander, olive tree, orchid, pansies, parsley, peony, petunia, plum tree, pothos, primrose, rosemary,
    roses, rubber plant, sage, snowdrops, sunflowers, thyme, tomatoes, tulips, violets, wisteria, yucca""",
    "weekday": """Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday""",
    "material": """bamboo, brass, bronze, canvas, cardboard, cedar, ceramic, clay, copper, cork, cotton, denim, felt, glass,
    granite, hemp, iron, ivory, lace, leather, linen, maple, marble, oak, paper, pewter, pine, plastic, plywood,
    porcelain, rubber, sandstone, satin, silk, silver, slate, steel, straw, suede, tin, velvet, walnut, wax,
    wicker, wool""",
}


def _words(text: str) -> list[str]:
    return [w.strip() for w in text.replace("\n", " ").split(",") if w.strip()]


LISTS: dict[str, list[str]] = {k: [" ".join(w.split()) for w in _words(v)] for k, v in _RAW.items()}
LISTS |= {"first": _FIRST, "last": _LAST, "town": _TOWN, "country": _COUNTRY}
MONTHS = "January February March April May June July August September October November December".split()

_ONSET = "b br c ch cl d dr f fl g gr h j k kl l m n p pr qu r s sh sk sl st t th tr v w y z".split()
_VOWEL = "a e i o u ai ea ei ia io oa ou a e i o u".split()
_CODA = ["", "", "", "l", "m", "n", "r", "s", "t", "k", "x", "nd", "rt", "ll", "ck", "th"]


@lru_cache(maxsize=None)
def words(kind: str, evaluation: bool) -> tuple[str, ...]:
    """The words of one list that belong to training or to evaluation. Weekdays are too few to split."""
    if kind == "weekday":
        return tuple(LISTS[kind])
    return tuple(w for w in LISTS[kind] if held_out(w) == evaluation)


def invented(rng: random.Random, evaluation: bool, syllables: int = 0) -> str:
    """A pronounceable word of two or three syllables from its half."""
    while True:
        count = syllables or rng.choice((2, 2, 3))
        word = "".join(rng.choice(_ONSET) + rng.choice(_VOWEL) + rng.choice(_CODA) for _ in range(count))
        if len(word) <= 11 and held_out(word) == evaluation:
            return word


@lru_cache(maxsize=1)
def _pieces() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Of the tokenizer's entries: whole words of training, beginnings of words, continuations; lower-case letters only."""
    entries = json.loads((Path(__file__).parent / "tokenizer.json").read_text(encoding="utf-8"))["merges"]
    made = ["".join(entry if isinstance(entry, list) else entry.split(" ")) for entry in entries]
    starts = sorted({m[1:].lower() for m in made if m[0] == "\u0120" and m[1:].isascii() and m[1:].isalpha()})
    inner = sorted({m for m in made if m.isascii() and m.isalpha() and m.islower()})
    return tuple(w for w in starts if len(w) > 3 and not held_out(w)), tuple(w for w in starts if len(w) > 1), tuple(inner)


def borrowed(rng: random.Random) -> str:
    """A word for training made of what the tokenizer has: one of its words, or a beginning with one or two continuations."""
    whole, starts, inner = _pieces()
    while rng.random() < 0.5:
        word = rng.choice(starts) + "".join(rng.choice(inner) for _ in range(rng.choice((1, 1, 2))))
        if 4 <= len(word) <= 12 and not held_out(word):
            return word
    return rng.choice(whole)


def listed(kind: str, rng: random.Random, evaluation: bool) -> str:
    """A word of a list; in training often a borrowed one instead."""
    if not evaluation and kind != "weekday" and rng.random() < 0.4:
        return borrowed(rng)
    return rng.choice(words(kind, evaluation))


def person(rng: random.Random, evaluation: bool) -> str:
    """A first name, sometimes with a last name, often invented: a known name can be learnt by heart instead of being compared."""
    roll = rng.random()
    if not evaluation and roll > 0.55:
        name = borrowed(rng).capitalize()
    else:
        name = invented(rng, evaluation, 2).capitalize() if roll < 0.25 else rng.choice(words("first", evaluation))
    return f"{name} {listed('last', rng, evaluation).capitalize()}" if rng.random() < 0.12 else name


def date(rng: random.Random, _evaluation: bool = False) -> str:
    """A day as it is written in memories, such as 5 March 2023."""
    return f"{rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(2018, 2026)}"


def _code(rng: random.Random, _evaluation: bool) -> str:
    letters = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(rng.randint(1, 3)))
    digits = str(rng.randint(10, 9999))
    return rng.choice((f"{letters}{digits}", f"{letters}-{digits}", f"{digits}{letters}"))


def _title(rng: random.Random, evaluation: bool) -> str:
    noun = listed(rng.choice(("thing", "animal", "plant")), rng, evaluation)
    name = noun.title().replace("'S", "'s")
    town = listed("town", rng, evaluation).capitalize()
    return rng.choice((f"The {name} of {town}", f"{name} in {town}", f"The {rng.choice(words('color', evaluation)).title()} {name}",
                       f"A {name} for {person(rng, evaluation)}"))


def _company(rng: random.Random, evaluation: bool) -> str:
    stem = rng.choice((invented(rng, evaluation), listed("last", rng, evaluation))).capitalize()
    return f"{stem} {rng.choice(('Labs', 'Bakery', 'Motors', 'Foods', 'Press', 'Textiles', 'Partners', 'Logistics', 'Media', 'Works'))}"


def _object(rng: random.Random, evaluation: bool) -> str:
    noun = listed("thing", rng, evaluation)
    roll = rng.random()
    if roll < 0.35:
        return f"{rng.choice(words('color', evaluation))} {noun}"
    return f"{rng.choice(words('material', evaluation))} {noun}" if roll < 0.6 else noun


def _street(rng: random.Random, evaluation: bool) -> str:
    stem = rng.choice((invented(rng, evaluation).capitalize(), listed("plant", rng, evaluation).title()))
    return f"{rng.randint(1, 180)} {stem} {rng.choice(('Street', 'Road', 'Lane', 'Avenue', 'Square'))}"


def _time(rng: random.Random, _evaluation: bool) -> str:
    return rng.choice((f"{rng.randint(1, 12)}:{rng.choice(('00', '15', '30', '45', '10', '50'))}", f"{rng.randint(1, 12)} {rng.choice(('am', 'pm'))}"))


def _money(rng: random.Random, _evaluation: bool) -> str:
    return rng.choice((f"${rng.randint(2, 950)}", f"{rng.randint(2, 950)} euros", f"{rng.randint(2, 950)} dollars"))


def _any(rng: random.Random, evaluation: bool) -> str:
    return invented(rng, evaluation) if evaluation or rng.random() < 0.5 else borrowed(rng)


_MADE: dict[str, Callable[[random.Random, bool], str]] = {
    "person": person,
    "date": date,
    "code": _code,
    "title": _title,
    "company": _company,
    "object": _object,
    "street": _street,
    "time": _time,
    "money": _money,
    "number": lambda rng, _: str(rng.randint(2, 400)),
    "year": lambda rng, _: str(rng.randint(1950, 2025)),
    "petname": lambda rng, ev: rng.choice((invented(rng, ev, 2).capitalize(), rng.choice(words("first", ev)))),
    "word": lambda rng, ev: _any(rng, ev),
    "Word": lambda rng, ev: _any(rng, ev).capitalize(),
}
_PROPER = {"town", "country", "language", "car", "weekday", "first", "last"}


def value(kind: str, rng: random.Random, evaluation: bool, invent: float = 0.3) -> str:
    """A value of a kind; with probability ``invent`` an invented word stands for a listed one, in training more often."""
    if kind in _MADE:
        return _MADE[kind](rng, evaluation)
    if kind != "weekday" and rng.random() < (invent if evaluation else 1.7 * invent):
        word = _any(rng, evaluation)
        if kind in _PROPER:
            return word.capitalize()
        return word if rng.random() < 0.7 else f"{word} {rng.choice(words(kind, evaluation))}"
    return rng.choice(words(kind, evaluation))
