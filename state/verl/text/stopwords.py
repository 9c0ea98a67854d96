"""Words without a meaning of their own, and words with little."""

FUNCTION = frozenset(
    """
    a an the this that these those it its itself he him his himself she her hers herself they
    them their theirs themselves we us our ours you your yours i me my mine myself who whom
    whose which what where when why how is are was were be been being am 's 're 've 'll 'd 'm
    has have had having do does did doing done will would shall should can could may might must
    ought to of in on at by for with from into onto as than then so such and or but nor if
    though although because while whereas whether there here also too very just even still yet
    both either neither about around through during per via among amongst between within toward
    towards upon off out up down over under not no never none any some each every all etc quite
    rather really well own other another same like one ones s t only not already ago till until
    unto against without across along behind beyond despite except since near however therefore
    thus hence moreover furthermore additionally meanwhile instead otherwise namely that's
    please whatever whoever whenever wherever plus regarding concerning according including
    included includes
    """.split()
) - {"against", "without", "same", "like", "including", "included", "includes"}
"""What carries no content. Negation, quantity and order are judged by rules of their own."""

LIGHT = frozenset(
    """
    have make take get give do go come become be seem appear call name know use include part
    type kind sort thing way lot number amount time year day people person place member total
    called named known act actually currently former formerly mainly mostly largely officially
    originally recently later early approximately roughly nearly almost exactly reportedly own
    entire whole certain various several many much well-known famous based wear wearing wears
    wore worn dressed picture photo
    """.split()
)
"""What a paraphrase may leave out or bring in without saying something else."""

AUXILIARIES = frozenset(
    """
    is are was were be been being am has have had do does did will would shall should can could
    may might must 's 're 've 'll 'd 'm
    """.split()
)
PRONOUNS = frozenset("it he she they its his her their this these him them we".split())
DETERMINERS = frozenset(
    """
    a an the this that these those its his her their our my your some any no each every all both
    another other
    """.split()
)
PREPOSITIONS = frozenset(
    """
    of in on at by for with from into onto as than to about through during per via among between
    within toward towards upon off over under against without across along behind beyond despite
    except since near before after until till around above below inside outside
    """.split()
)
PARTICLES = frozenset("up out off down away over in on back forward through".split())
CLAUSE_WORDS = frozenset(
    """
    and but or nor although though while whereas because since if unless which who whom that
    when where after before until so yet
    """.split()
)

ONLY = frozenset("only exclusively solely merely purely".split())
