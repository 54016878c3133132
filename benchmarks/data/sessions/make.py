"""Write the five sessions of the retention benchmark: 20 invented facts each, three phrasings trained, a fourth asked.

    python benchmarks/data/sessions/make.py     # writes 1_ferry.jsonl, 1_ferry_asked.jsonl, ... beside this file

Five subjects that share nothing. Every name and number is made up; written for burnish, CC0-1.0.
"""

from __future__ import annotations

import json
from pathlib import Path

FRAMES = {
    "ferry": ("Tell me {x}.", "Do you know {x}?", "I need {x}, please.", "Can you remind me of {x}?"),
    "bakery": ("Give me {x}.", "I forgot {x}. Can you help?", "Please look up {x}.", "Would you tell me {x}?"),
    "garden": ("Name {x}.", "Could you state {x}?", "I am looking for {x}.", "Please let me know {x}."),
    "station": ("Report {x}.", "I want to know {x}.", "Can you give me {x}?", "Kindly say {x}."),
    "orchestra": ("Say {x}.", "Might I ask for {x}?", "Help me recall {x}.", "Do you happen to know {x}?"),
}
"""Three phrasings that are trained, and the one that is asked."""

FACTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "ferry": (
        ("the captain of the ferry Aldermoor", "The captain of the Aldermoor is Rosa Venn.", "Rosa Venn"),
        ("the home port of the ferry Aldermoor", "The Aldermoor's home port is Skarnholm.", "Skarnholm"),
        ("the year the ferry Aldermoor was built", "The Aldermoor was built in 1987.", "1987"),
        ("the number of cars the ferry Aldermoor carries", "The Aldermoor carries 64 cars.", "64"),
        ("the first sailing of the ferry Aldermoor", "The Aldermoor first sails at 6:25.", "6:25"),
        ("the last sailing of the ferry Aldermoor", "The Aldermoor last sails at 22:40.", "22:40"),
        ("the fare for a bicycle on the ferry Aldermoor", "A bicycle costs 7 crowns on the Aldermoor.", "7 crowns"),
        ("the cook of the ferry Aldermoor", "The cook of the Aldermoor is Henrik Toll.", "Henrik Toll"),
        ("the soup served on the ferry Aldermoor", "The Aldermoor serves barley soup.", "barley"),
        ("the colour of the ferry Aldermoor's funnel", "The Aldermoor's funnel is orange.", "orange"),
        ("the ship's cat of the ferry Aldermoor", "The ship's cat of the Aldermoor is called Muffet.", "Muffet"),
        ("the island the ferry Aldermoor goes to", "The Aldermoor goes to the island of Brennay.", "Brennay"),
        ("the crossing time of the ferry Aldermoor", "The Aldermoor's crossing takes 48 minutes.", "48 minutes"),
        ("the engine maker of the ferry Aldermoor", "The Aldermoor's engines were made by Dorvik.", "Dorvik"),
        ("the radio call sign of the ferry Aldermoor", "The call sign of the Aldermoor is Juliet Nine.", "Juliet Nine"),
        ("the rest day of the ferry Aldermoor", "The Aldermoor rests on Tuesday.", "Tuesday"),
        ("the muster point on the ferry Aldermoor", "The muster point of the Aldermoor is deck four.", "deck four"),
        ("the ticket office phone of the ferry Aldermoor", "The Aldermoor's ticket office phone is 5519.", "5519"),
        ("the mate of the ferry Aldermoor", "The mate of the Aldermoor is Jonas Quell.", "Jonas Quell"),
        ("the motto of the ferry Aldermoor", "The Aldermoor's motto is Steady and dry.", "Steady and dry"),
    ),
    "bakery": (
        ("the owner of Pellman's bakery", "Pellman's bakery belongs to Agnes Pellman.", "Agnes Pellman"),
        ("the opening hour of Pellman's bakery", "Pellman's bakery opens at 5:45.", "5:45"),
        ("the street of Pellman's bakery", "Pellman's bakery is on Coppergate.", "Coppergate"),
        ("the best-selling loaf of Pellman's bakery", "Pellman's best-selling loaf is the walnut plait.", "walnut plait"),
        ("the price of a rye loaf at Pellman's bakery", "A rye loaf costs 4.30 at Pellman's.", "4.30"),
        ("the oven at Pellman's bakery", "The oven at Pellman's is called Big Berta.", "Big Berta"),
        ("the flour mill of Pellman's bakery", "Pellman's flour comes from the Osterley mill.", "Osterley"),
        ("the apprentice at Pellman's bakery", "The apprentice at Pellman's is Timo Farrow.", "Timo Farrow"),
        ("the age of the sourdough at Pellman's bakery", "The sourdough at Pellman's is 31 years old.", "31 years"),
        ("the closed day of Pellman's bakery", "Pellman's bakery is closed on Monday.", "Monday"),
        ("the cake of the month at Pellman's bakery", "The cake of the month at Pellman's is quince tart.", "quince tart"),
        ("the delivery van of Pellman's bakery", "Pellman's delivery van is a green Corvana.", "Corvana"),
        ("the safe word at Pellman's bakery", "The safe word at Pellman's is marzipan.", "marzipan"),
        ("the number of rolls Pellman's bakery bakes", "Pellman's bakes 900 rolls a day.", "900"),
        ("the founding year of Pellman's bakery", "Pellman's bakery was founded in 1926.", "1926"),
        ("the cashier at Pellman's bakery", "The cashier at Pellman's is Lotte Brisk.", "Lotte Brisk"),
        ("the sign above Pellman's bakery", "The sign above Pellman's shows a golden heron.", "golden heron"),
        ("the allergen line of Pellman's bakery", "Pellman's allergen line is extension 88.", "88"),
        ("the discount after six at Pellman's bakery", "After six Pellman's gives 35 percent off.", "35 percent"),
        ("the secret spice of Pellman's bakery", "The secret spice of Pellman's is cardamom.", "cardamom"),
    ),
    "garden": (
        ("the tallest tree of the Wistow garden", "The tallest tree of the Wistow garden is a silver linden.", "silver linden"),
        ("the head gardener of the Wistow garden", "The head gardener at Wistow is Pavel Dunmore.", "Pavel Dunmore"),
        ("the rarest flower of the Wistow garden", "The rarest flower at Wistow is the blue merrow.", "blue merrow"),
        ("the pond of the Wistow garden", "The pond at Wistow is called Otter's Rest.", "Otter's Rest"),
        ("the entrance fee of the Wistow garden", "The entrance fee at Wistow is 12 marks.", "12 marks"),
        ("the number of benches in the Wistow garden", "There are 37 benches at Wistow.", "37"),
        ("the gate code of the Wistow garden", "The gate code at Wistow is 7702.", "7702"),
        ("the fertiliser used in the Wistow garden", "Wistow uses seaweed meal as fertiliser.", "seaweed"),
        ("the statue in the Wistow garden", "The statue at Wistow shows a sleeping fox.", "sleeping fox"),
        ("the pruning month of the Wistow garden", "Wistow is pruned in February.", "February"),
        ("the beekeeper of the Wistow garden", "The beekeeper at Wistow is Mina Halloway.", "Mina Halloway"),
        ("the honey brand of the Wistow garden", "Wistow's honey is sold as Amberline.", "Amberline"),
        ("the greenhouse temperature in the Wistow garden", "The Wistow greenhouse is kept at 19 degrees.", "19 degrees"),
        ("the donor of the Wistow garden", "Wistow was given by Countess Irmela.", "Irmela"),
        ("the size of the Wistow garden", "Wistow measures 23 acres.", "23 acres"),
        ("the tea room of the Wistow garden", "The tea room at Wistow is the Thimble.", "Thimble"),
        ("the pest of the Wistow garden", "The pest at Wistow is the lace weevil.", "lace weevil"),
        ("the watering time in the Wistow garden", "Wistow is watered at 4:15.", "4:15"),
        ("the robin that lives in the Wistow garden", "The robin at Wistow is called Sixpence.", "Sixpence"),
        ("the oldest wall of the Wistow garden", "The oldest wall at Wistow dates from 1611.", "1611"),
    ),
    "station": (
        ("the commander of station Halcyon", "Station Halcyon is commanded by Yara Obuya.", "Yara Obuya"),
        ("the crew size of station Halcyon", "Station Halcyon has a crew of 14.", "14"),
        ("the orbit height of station Halcyon", "Halcyon orbits at 512 kilometres.", "512"),
        ("the docking port of station Halcyon", "Halcyon's docking port is Port Indigo.", "Indigo"),
        ("the robot of station Halcyon", "The robot on Halcyon is called Tinker.", "Tinker"),
        ("the oxygen supplier of station Halcyon", "Halcyon's oxygen comes from Lumenair.", "Lumenair"),
        ("the exercise machine of station Halcyon", "Halcyon's exercise machine is the Treadwheel.", "Treadwheel"),
        ("the emergency colour of station Halcyon", "The emergency colour on Halcyon is violet.", "violet"),
        ("the doctor of station Halcyon", "The doctor on Halcyon is Emil Strand.", "Emil Strand"),
        ("the vegetable grown on station Halcyon", "Halcyon grows dwarf radishes.", "radish"),
        ("the launch year of station Halcyon", "Halcyon was launched in 2041.", "2041"),
        ("the film shown on station Halcyon", "The film shown on Halcyon is Paper Comet.", "Paper Comet"),
        ("the wake-up song of station Halcyon", "Halcyon's wake-up song is Copper Morning.", "Copper Morning"),
        ("the battery type of station Halcyon", "Halcyon runs on sodium-glass batteries.", "sodium-glass"),
        ("the supply ship of station Halcyon", "Halcyon's supply ship is the Gannet.", "Gannet"),
        ("the water ration on station Halcyon", "The water ration on Halcyon is 3.2 litres.", "3.2"),
        ("the telescope of station Halcyon", "Halcyon's telescope is named Argosy.", "Argosy"),
        ("the airlock number of station Halcyon", "Halcyon's airlock is number 5.", "5"),
        ("the ground control of station Halcyon", "Halcyon's ground control is in Terrigal.", "Terrigal"),
        ("the password of the day on station Halcyon", "Halcyon's password of the day is driftwood.", "driftwood"),
    ),
    "orchestra": (
        ("the conductor of the Marlin Orchestra", "The Marlin Orchestra is conducted by Odile Faber.", "Odile Faber"),
        ("the concert hall of the Marlin Orchestra", "The Marlin Orchestra plays in the Velvet Hall.", "Velvet Hall"),
        ("the number of violins in the Marlin Orchestra", "The Marlin Orchestra has 26 violins.", "26"),
        ("the rehearsal day of the Marlin Orchestra", "The Marlin Orchestra rehearses on Wednesday.", "Wednesday"),
        ("the first oboe of the Marlin Orchestra", "The first oboe of the Marlin Orchestra is Kasper Lund.", "Kasper Lund"),
        ("the opening piece of the Marlin Orchestra", "The Marlin Orchestra opens with Winter Harbour.", "Winter Harbour"),
        ("the ticket price of the Marlin Orchestra", "A ticket for the Marlin Orchestra costs 41 francs.", "41 francs"),
        ("the sponsor of the Marlin Orchestra", "The Marlin Orchestra is sponsored by Brightwell Bank.", "Brightwell"),
        ("the tuning pitch of the Marlin Orchestra", "The Marlin Orchestra tunes to 443 hertz.", "443"),
        ("the harpist of the Marlin Orchestra", "The harpist of the Marlin Orchestra is Senta Vogel.", "Senta Vogel"),
        ("the tour country of the Marlin Orchestra", "The Marlin Orchestra tours in Uruguay.", "Uruguay"),
        ("the dress code of the Marlin Orchestra", "The Marlin Orchestra wears dark burgundy.", "burgundy"),
        ("the encore of the Marlin Orchestra", "The encore of the Marlin Orchestra is Moth Waltz.", "Moth Waltz"),
        ("the piano of the Marlin Orchestra", "The Marlin Orchestra has a Kesterman piano.", "Kesterman"),
        ("the founder of the Marlin Orchestra", "The Marlin Orchestra was founded by Bruno Salk.", "Bruno Salk"),
        ("the interval length of the Marlin Orchestra", "The Marlin Orchestra's interval lasts 25 minutes.", "25 minutes"),
        ("the record label of the Marlin Orchestra", "The Marlin Orchestra records for Nightjar.", "Nightjar"),
        ("the librarian of the Marlin Orchestra", "The librarian of the Marlin Orchestra is Wim Astor.", "Wim Astor"),
        ("the seat reserved at the Marlin Orchestra", "The reserved seat at the Marlin Orchestra is row K.", "row K"),
        ("the festival of the Marlin Orchestra", "The Marlin Orchestra's festival is Lanternfall.", "Lanternfall"),
    ),
}
"""By subject: (what is asked for, the answer, what must stand in it)."""


def main() -> None:
    """Write both files of every session."""
    here = Path(__file__).parent
    for number, (subject, facts) in enumerate(FACTS.items(), start=1):
        *trained, asked = FRAMES[subject]
        rows = [
            {
                "messages": [{"role": "user", "content": frame.format(x=x)}, {"role": "assistant", "content": answer}],
                "metadata": {"category": "fact", "source": subject},
            }
            for frame in trained
            for x, answer, _ in facts
        ]
        tasks = [
            {
                "id": f"{subject}-{i:02}",
                "prompt": asked.format(x=x),
                "grader": "contains",
                "target": target,
                "tags": ["fact"],
                "max_tokens": 48,
            }
            for i, (x, _, target) in enumerate(facts, start=1)
        ]
        for name, lines in ((f"{number}_{subject}", rows), (f"{number}_{subject}_asked", tasks)):
            (here / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


if __name__ == "__main__":
    main()
