"""What is said in the measurements, and how it is asked for: in another order, and by keywords."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence; `turned` asks for it in other order, `keywords` by two or three words."""

    text: str
    turned: str
    keywords: str


# Spoken by espeak-ng.
DRAWN = (
    Said(
        "The quarterly budget has been cut by eleven percent.",
        "by eleven percent they have cut the budget of the quarter",
        "budget cut percent",
    ),
    Said(
        "Our neighbour planted three apple trees last spring.",
        "last spring three apple trees were planted by our neighbour",
        "apple trees spring",
    ),
    Said(
        "Please remember to close the window before you leave.",
        "before you leave remember that the window is to be closed",
        "close window leave",
    ),
    Said(
        "The train to Boston departs from platform nine.",
        "from platform nine departs the train to Boston",
        "train platform nine",
    ),
    Said(
        "She explained how plants turn sunlight into sugar.",
        "how sunlight is turned into sugar by plants was explained",
        "plants sunlight sugar",
    ),
    Said(
        "The captain ordered the crew to lower the sails.",
        "the sails were to be lowered by the crew, the captain ordered",
        "captain crew sails",
    ),
    Said(
        "My grandmother never trusted the new telephone.",
        "the new telephone was never trusted by my grandmother",
        "grandmother telephone",
    ),
    Said(
        "There is a leak in the kitchen behind the refrigerator.",
        "behind the refrigerator in the kitchen there is a leak",
        "leak kitchen refrigerator",
    ),
    Said(
        "The museum opens at ten in the morning on Sundays.",
        "on Sundays at ten in the morning the museum opens",
        "museum opens Sundays",
    ),
    Said(
        "He spent two years learning to play the violin.",
        "learning to play the violin took him two years",
        "learning violin years",
    ),
    Said(
        "The doctor said that my knee needs an operation.",
        "that my knee needs an operation is what the doctor said",
        "doctor knee operation",
    ),
    Said(
        "Nobody could explain why the lights went out at midnight.",
        "why at midnight the lights went out nobody could explain",
        "lights midnight",
    ),
)

# The utterances in `recorded`, by number: LibriSpeech 237-134500. Where one holds several sentences
# the first is asked for, whose start is known; that of 8 is also the next one's, and is not.
RECORDED = {
    0: Said(
        "FRANK READ ENGLISH SLOWLY AND THE MORE HE READ ABOUT THIS DIVORCE CASE THE ANGRIER HE"
        " GREW",
        "Frank grew angrier the more about the divorce case he read, slowly, in English",
        "Frank divorce case",
    ),
    1: Said("MARIE SIGHED", "there was a sigh from Marie", "Marie sighed"),
    2: Said(
        "A BRISK WIND HAD COME UP AND WAS DRIVING PUFFY WHITE CLOUDS ACROSS THE SKY",
        "across the sky puffy white clouds were driven by a brisk wind that had come up",
        "wind puffy clouds",
    ),
    3: Said(
        "THE ORCHARD WAS SPARKLING AND RIPPLING IN THE SUN",
        "in the sun the orchard rippled and sparkled",
        "orchard sparkling",
    ),
    4: Said(
        "THAT INVITATION DECIDED HER",
        "she was decided by that invitation",
        "invitation decided",
    ),
    5: Said(
        "OH BUT I'M GLAD TO GET THIS PLACE MOWED",
        "to get this place mowed makes me glad",
        "glad place mowed",
    ),
    6: Said(
        "JUST SMELL THE WILD ROSES THEY ARE ALWAYS SO SPICY AFTER A RAIN",
        "after a rain the wild roses always smell so spicy",
        "wild roses rain",
    ),
    7: Said(
        "WE NEVER HAD SO MANY OF THEM IN HERE BEFORE",
        "before, so many of them we never had in here",
        "never had so many",
    ),
    8: Said(
        "I SUPPOSE IT'S THE WET SEASON WILL YOU HAVE TO CUT THEM TOO",
        "",
        "",
    ),
    9: Said(
        "I SUPPOSE THAT'S THE WET SEASON TOO THEN",
        "then that is the wet season, too, I suppose",
        "suppose wet season too then",
    ),
    10: Said(
        "IT'S EXCITING TO SEE EVERYTHING GROWING SO FAST AND TO GET THE GRASS CUT",
        "to get the grass cut and see everything grow so fast is exciting",
        "exciting growing grass",
    ),
    11: Said(
        "AREN'T YOU SPLASHED LOOK AT THE SPIDER WEBS ALL OVER THE GRASS",
        "splashed you are, aren't you",
        "splashed",
    ),
    12: Said(
        "IN A FEW MOMENTS HE HEARD THE CHERRIES DROPPING SMARTLY INTO THE PAIL AND HE BEGAN TO"
        " SWING HIS SCYTHE WITH THAT LONG EVEN STROKE THAT FEW AMERICAN BOYS EVER LEARN",
        "into the pail cherries dropped and with a long even stroke he swung his scythe",
        "scythe stroke pail",
    ),
    13: Said(
        "MARIE PICKED CHERRIES AND SANG SOFTLY TO HERSELF STRIPPING ONE GLITTERING BRANCH AFTER"
        " ANOTHER SHIVERING WHEN SHE CAUGHT A SHOWER OF RAINDROPS ON HER NECK AND HAIR",
        "softly singing to herself Marie picked cherries, raindrops on her neck and hair",
        "raindrops neck hair",
    ),
    14: Said(
        "AND EMIL MOWED HIS WAY SLOWLY DOWN TOWARD THE CHERRY TREES",
        "slowly toward the cherry trees down his way Emil mowed",
        "mowed toward trees",
    ),
    15: Said(
        "THAT SUMMER THE RAINS HAD BEEN SO MANY AND OPPORTUNE THAT IT WAS ALMOST MORE THAN SHABATA"
        " AND HIS MAN COULD DO TO KEEP UP WITH THE CORN THE ORCHARD WAS A NEGLECTED WILDERNESS",
        "to keep up with the corn was more than they could do, so many were the rains that summer",
        "summer rains corn",
    ),
    16: Said(
        "I DON'T KNOW ALL OF THEM BUT I KNOW LINDENS ARE",
        "lindens are, I know, but all of them I don't know",
        "lindens",
    ),
    17: Said(
        "IF I FEEL THAT WAY I FEEL THAT WAY",
        "I feel that way if that way I feel",
        "feel that way",
    ),
    18: Said(
        "HE REACHED UP AMONG THE BRANCHES AND BEGAN TO PICK THE SWEET INSIPID FRUIT LONG IVORY"
        " COLORED BERRIES TIPPED WITH FAINT PINK LIKE WHITE CORAL THAT FALL TO THE GROUND UNHEEDED"
        " ALL SUMMER THROUGH",
        "to pick the sweet insipid fruit among the branches he reached up",
        "branches sweet fruit",
    ),
    19: Said(
        "HE DROPPED A HANDFUL INTO HER LAP",
        "into her lap a handful he dropped",
        "handful lap",
    ),
}
