"""Items in words: the game's classes that players place or build, as people call them."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Colours of one item share their words: a class is looked up whole, then without what follows its last underscore.
ITEM_NAMES: Mapping[str, Promise] = {
    # Kits
    "FenceKit": gettext_lazy("fence kit"),
    "WatchtowerKit": gettext_lazy("watchtower kit"),
    "TerritoryFlagKit": gettext_lazy("flag pole kit"),
    "ShelterKit": gettext_lazy("shelter kit"),
    # Structures and their parts
    "Fence": gettext_lazy("fence"),
    "Watchtower": gettext_lazy("watchtower"),
    "TerritoryFlag": gettext_lazy("flag pole"),
    "ImprovisedShelter": gettext_lazy("improvised shelter"),
    "ShelterStick": gettext_lazy("shelter of sticks"),
    "ShelterFabric": gettext_lazy("shelter of fabric"),
    "ShelterLeather": gettext_lazy("shelter of leather"),
    "base": gettext_lazy("base of a structure"),
    "pole": gettext_lazy("flag pole"),
    "support": gettext_lazy("support of a flag pole"),
    "wall_base_down": gettext_lazy("frame of a wall, below"),
    "wall_base_up": gettext_lazy("frame of a wall, above"),
    "wall_wood_down": gettext_lazy("wooden wall, below"),
    "wall_wood_up": gettext_lazy("wooden wall, above"),
    "wall_metal_down": gettext_lazy("metal wall, below"),
    "wall_metal_up": gettext_lazy("metal wall, above"),
    "wall_gate": gettext_lazy("gate"),
    "wall_platform": gettext_lazy("platform of a fence"),
    "level_1_base": gettext_lazy("first floor of a watchtower"),
    "level_2_base": gettext_lazy("second floor of a watchtower"),
    "level_3_base": gettext_lazy("third floor of a watchtower"),
    "level_1_stairs": gettext_lazy("stairs to the first floor"),
    "level_2_stairs": gettext_lazy("stairs to the second floor"),
    "level_3_stairs": gettext_lazy("stairs to the third floor"),
    "level_1_roof": gettext_lazy("roof of the first floor"),
    "level_2_roof": gettext_lazy("roof of the second floor"),
    "level_3_roof": gettext_lazy("roof of a watchtower"),
    # Tents
    "MediumTent": gettext_lazy("medium tent"),
    "LargeTent": gettext_lazy("large tent"),
    "CarTent": gettext_lazy("car tent"),
    "PartyTent": gettext_lazy("party tent"),
    # Storage
    "Barrel": gettext_lazy("barrel"),
    "WoodenCrate": gettext_lazy("wooden crate"),
    "SeaChest": gettext_lazy("sea chest"),
    "Refridgerator": gettext_lazy("refrigerator"),
    "SmallProtectorCase": gettext_lazy("protector case"),
    "UndergroundStash": gettext_lazy("underground stash"),
    # Fire, garden
    "BarrelHoles": gettext_lazy("fire barrel"),
    "Fireplace": gettext_lazy("fireplace"),
    "FireplaceIndoor": gettext_lazy("indoor fireplace"),
    "OvenIndoor": gettext_lazy("oven"),
    "OvenOutdoor": gettext_lazy("stone oven"),
    "PortableGasStove": gettext_lazy("gas stove"),
    "PortableGasLamp": gettext_lazy("gas lamp"),
    "Torch": gettext_lazy("torch"),
    "GardenPlot": gettext_lazy("garden plot"),
    "GardenPlotGreenhouse": gettext_lazy("garden plot in a greenhouse"),
    "GardenPlotPolytunnel": gettext_lazy("garden plot in a polytunnel"),
    # Traps and explosives
    "BearTrap": gettext_lazy("bear trap"),
    "LandMineTrap": gettext_lazy("land mine"),
    "TripwireTrap": gettext_lazy("tripwire"),
    "RabbitSnareTrap": gettext_lazy("snare"),
    "SmallFishTrap": gettext_lazy("small fish trap"),
    "FishNetTrap": gettext_lazy("fish net"),
    "ClaymoreMine": gettext_lazy("Claymore mine"),
    "ImprovisedExplosive": gettext_lazy("improvised explosive"),
    "Plastic_Explosive": gettext_lazy("plastic explosive"),
    "RemoteDetonatorTrigger": gettext_lazy("detonator"),
    # Electrical
    "PowerGenerator": gettext_lazy("power generator"),
    "Spotlight": gettext_lazy("construction light"),
    "CableReel": gettext_lazy("cable reel"),
    "BatteryCharger": gettext_lazy("battery charger"),
    "CarBattery": gettext_lazy("car battery"),
    "TruckBattery": gettext_lazy("truck battery"),
    "XmasLights": gettext_lazy("Christmas lights"),
    # Fireworks and other
    "FireworksLauncher": gettext_lazy("fireworks"),
    "Anniversary_FireworksLauncher": gettext_lazy("anniversary fireworks"),
    "HescoBox": gettext_lazy("Hesco barrier"),
    "BarbedWire": gettext_lazy("barbed wire"),
    "CamoNet": gettext_lazy("camo net"),
    "CombinationLock": gettext_lazy("combination lock"),
    "CombinationLock4": gettext_lazy("combination lock of 4 digits"),
    # Wheels
    "TireRepairKit": gettext_lazy("tire repair kit"),
    "HatchbackWheel": gettext_lazy("wheel of an Ada"),
    "Hatchback_02_Wheel": gettext_lazy("wheel of a Gunter"),
    "CivSedanWheel": gettext_lazy("wheel of an Olga"),
    "Sedan_02_Wheel": gettext_lazy("wheel of a Sarka"),
    "Truck_01_Wheel": gettext_lazy("wheel of a truck"),
    "Offroad_02_Wheel": gettext_lazy("wheel of a Humvee"),
}
# Patterns of item rules that have words of their own.
_PATTERN_NAMES: Mapping[str, Promise] = {"*wheel": gettext_lazy("any wheel")}
_LOWERED = {name.lower(): words for name, words in ITEM_NAMES.items()}
_MOST_KINDS = 3
_PATTERN = re.compile(r"[*?]")


def item_in_words(item: str, display: str = "") -> str:
    """Return an item in the active language: our words, else as the log shows it, else its class; "" for no item."""
    words = _words_of(item.lower())
    return str(words) if words else display or item


def pattern_in_words(pattern: str) -> str:
    """Return an item rule's class or pattern in words; a pattern without words of its own stays as it is."""
    key = pattern.lower()
    if words := _PATTERN_NAMES.get(key):
        return str(words)
    if _PATTERN.search(key):
        return _kinds_of(pattern)
    return item_in_words(pattern)


def _kinds_of(pattern: str) -> str:
    """Return the known items that a pattern means, if they are few."""
    key = pattern.lower()
    named = {str(words) for name, words in _LOWERED.items() if fnmatchcase(name, key) or f"{name}_*" == key}
    if len(named) == 1:
        return _("any %(item)s") % {"item": named.pop()}
    return ", ".join(sorted(named)) if 0 < len(named) <= _MOST_KINDS else pattern


def classes_called(text: str) -> str:
    """Return a regular expression of the classes whose words in the active language hold the text; "" if none do."""
    sought = text.casefold()
    names = [name for name, words in ITEM_NAMES.items() if sought in str(words).casefold()]
    return rf"^({'|'.join(names)})(_[^_]*)?$" if names else ""


def _words_of(key: str) -> Promise | None:
    return _LOWERED.get(key) or _LOWERED.get(key.rpartition("_")[0])
