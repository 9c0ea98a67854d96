"""Units of measure: what they measure, and how many base units one of them is."""

from typing import NamedTuple


class Unit(NamedTuple):
    """``value × factor + offset`` is the same quantity in the dimension's base unit."""

    dimension: str
    factor: float = 1.0
    offset: float = 0.0


_TABLE = {
    "length": "m meter metre meters metres=1|km kilometer kilometre kilometers kilometres=1000"
    "|cm centimeter centimetre centimeters centimetres=0.01"
    "|mm millimeter millimetre millimeters millimetres=0.001|µm micrometer micrometers micron"
    " microns=1e-6|nm nanometer nanometers=1e-9|mi mile miles=1609.344|ft foot feet=0.3048"
    "|inch inches=0.0254|yd yard yards=0.9144",
    "mass": "kg kilogram kilograms kilo kilos=1|g gram grams=0.001|mg milligram milligrams=1e-6"
    "|µg mcg microgram micrograms=1e-9|t tonne tonnes=1000|ton tons=907.18474"
    "|lb lbs pound pounds=0.45359237|oz ounce ounces=0.028349523",
    "time": "s sec secs second seconds=1|ms millisecond milliseconds=0.001"
    "|µs microsecond microseconds=1e-6|ns nanosecond nanoseconds=1e-9|min mins minute minutes=60"
    "|h hr hrs hour hours=3600|day days=86400|week weeks=604800|fortnight=1209600"
    "|month months=2629746|year years yr yrs=31556952|decade decades=315569520"
    "|century centuries=3155695200",
    "data": "byte bytes=1|kb kilobyte kilobytes=1000|mb megabyte megabytes=1e6"
    "|gb gigabyte gigabytes=1e9|tb terabyte terabytes=1e12|pb petabyte petabytes=1e15"
    "|kib=1024|mib=1048576|gib=1073741824|tib=1099511627776",
    "volume": "l liter litre liters litres=1|ml milliliter millilitre milliliters millilitres=0.001"
    "|gallon gallons gal=3.785411784|pint pints=0.473176473|quart quarts=0.946352946",
    "area": "hectare hectares ha=10000|acre acres=4046.8564224|sqkm=1e6|sqm=1|sqmi=2589988.11"
    "|sqft=0.09290304",
    "speed": "km/h kmh kph=0.27777777778|mph=0.44704|m/s=1|knot knots=0.514444444",
    "power": "watt watts=1|kw kilowatt kilowatts=1000|mw megawatt megawatts=1e6"
    "|gw gigawatt gigawatts=1e9|hp horsepower=745.699872",
    "energy": "joule joules=1|kj kilojoule kilojoules=1000|kwh=3.6e6|mwh=3.6e9|calorie"
    " calories=4.184|kcal=4184",
    "frequency": "hz hertz=1|khz kilohertz=1000|mhz megahertz=1e6|ghz gigahertz=1e9",
    "pressure": "pa pascal pascals=1|kpa=1000|bar bars=100000|psi=6894.757|mmhg=133.322|atm=101325",
    "percent": "% percent=1",
    "percentage points": "pp=1",
    "USD": "$ usd dollar dollars=1|cent cents=0.01",
    "EUR": "€ eur euro euros=1",
    "GBP": "£ gbp=1",
    "JPY": "¥ jpy yen=1",
    "INR": "₹ inr rupee rupees=1",
    "CNY": "cny yuan renminbi=1",
    "temperature": "kelvin kelvins=1",
}
UNITS: dict[str, Unit] = {
    name: Unit(dimension, float(entry.partition("=")[2]))
    for dimension, entries in _TABLE.items()
    for entry in entries.split("|")
    for name in entry.partition("=")[0].split()
}
UNITS |= {
    name: Unit("temperature", 1.0, 273.15) for name in ("°c", "celsius", "centigrade", "degc")
} | {name: Unit("temperature", 5 / 9, 459.67 * 5 / 9) for name in ("°f", "fahrenheit", "degf")}
COUNT = Unit("count")
ORDINAL = Unit("ordinal")
CLOCK = Unit("time of day")
CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY", "INR", "CNY"})
CURRENCY_SIGNS = frozenset("$€£¥₹")
# One-letter units are units only right after a number and never a count's noun.
SHORT = frozenset({"m", "g", "s", "h", "t", "l"})
SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "bn": 1e9, "mn": 1e6, "m": 1e6, "lakh": 1e5, "crore": 1e7,
    "thousands": 1e3, "millions": 1e6, "billions": 1e9,
}  # fmt: skip
