"""The shapes of the API for its documentation; the wire types in the domain do the checking."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers as s

from state.domain.kinds import Kind


class ServerFields(s.Serializer):
    createdAt = s.DateTimeField(read_only=True)
    lastUpdated = s.DateTimeField(read_only=True)
    version = s.IntegerField(read_only=True, min_value=1)


class Agent(ServerFields):
    agentId = s.CharField(read_only=True, max_length=200)
    agentType = s.CharField(max_length=100)
    status = s.ChoiceField(Kind.AGENT.statuses)
    properties = s.DictField(required=False)
    activeTaskIds = s.ListField(child=s.CharField(), required=False)
    performanceMetrics = s.DictField(child=s.FloatField(), required=False)


class FactItem(s.Serializer):
    id = s.CharField(required=False, help_text="Derived from content and source when absent.")
    content = s.CharField()
    source = s.CharField(required=False)
    confidenceScore = s.FloatField(min_value=0, max_value=1, required=False)
    isVerified = s.BooleanField(required=False)
    extractedAt = s.DateTimeField(required=False)
    verificationStatus = s.ChoiceField(
        ("Pending", "Verified", "Disputed", "Failed"), required=False
    )


class Research(ServerFields):
    researchId = s.CharField(read_only=True, max_length=200)
    query = s.CharField(max_length=10_000)
    status = s.ChoiceField(Kind.RESEARCH.statuses, required=False)
    extractedFacts = FactItem(many=True, required=False)
    factCount = s.IntegerField(read_only=True)
    sources = s.ListField(child=s.CharField(), required=False)
    currentQualityScore = s.FloatField(min_value=0, max_value=1, required=False)
    iterationCount = s.IntegerField(min_value=0, required=False)
    startedAt = s.DateTimeField(required=False)
    completedAt = s.DateTimeField(required=False, allow_null=True)
    metadata = s.DictField(required=False)


class Verification(ServerFields):
    verificationId = s.CharField(read_only=True, max_length=200)
    sourceId = s.CharField(max_length=200)
    content = s.CharField()
    confidenceScore = s.FloatField(min_value=0, max_value=1, required=False)
    isVerified = s.BooleanField(required=False)
    issues = s.ListField(child=s.CharField(), required=False)
    verifiedAt = s.DateTimeField(required=False)
    verifiedBy = s.CharField(required=False)


class FieldError(s.Serializer):
    field = s.CharField()
    message = s.CharField()


class Problem(s.Serializer):
    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()
    requestId = s.CharField()
    currentVersion = s.IntegerField(required=False)
    errors = FieldError(many=True, required=False)


class Change(s.Serializer):
    cursor = s.CharField()
    kind = s.ChoiceField(("agent", "research", "verification"))
    id = s.CharField()
    version = s.IntegerField()
    changeType = s.ChoiceField(
        ("Created", "Deleted", "Restored", "StatusChanged", "ProgressUpdated", "Updated")
    )
    at = s.DateTimeField()
    actor = s.CharField()
    reason = s.CharField()
    oldValues = s.DictField()
    newValues = s.DictField()


class HistoryPage(s.Serializer):
    items = Change(many=True)
    next = s.IntegerField(allow_null=True, help_text="The `before` of the next page.")


class FactsPage(s.Serializer):
    items = FactItem(many=True)
    next = s.CharField(allow_null=True)


class FactsInput(s.Serializer):
    facts = FactItem(many=True)


class FactsOutcome(s.Serializer):
    version = s.IntegerField()
    added = s.IntegerField()
    updated = s.IntegerField()
    factCount = s.IntegerField()


class Ids(s.Serializer):
    ids = s.ListField(child=s.CharField(), max_length=1000)


class BatchItem(s.Serializer):
    id = s.CharField()
    state = s.DictField(required=False)
    patch = s.DictField(required=False)
    delete = s.BooleanField(required=False)
    ifMatch = s.JSONField(required=False, help_text='A version, or "*".')
    ifNoneMatch = s.CharField(required=False, help_text='"*": create only.')
    lockToken = s.CharField(required=False)


class BatchInput(s.Serializer):
    items = BatchItem(many=True)
    atomic = s.BooleanField(required=False)


class BatchResult(s.Serializer):
    id = s.CharField()
    status = s.IntegerField()
    version = s.IntegerField(required=False)
    error = s.DictField(required=False)


class BatchOutcome(s.Serializer):
    results = BatchResult(many=True)
    succeeded = s.IntegerField()
    failed = s.IntegerField()


class EventPage(s.Serializer):
    events = Change(many=True)
    cursor = s.CharField()


class RestoreInput(s.Serializer):
    version = s.IntegerField(min_value=1)


class LockInput(s.Serializer):
    kind = s.ChoiceField(("agent", "research", "verification"))
    id = s.CharField(max_length=200)
    owner = s.CharField(max_length=200)
    ttlSeconds = s.FloatField(min_value=1, max_value=3600, required=False)
    waitSeconds = s.FloatField(min_value=0, max_value=60, required=False)


class RenewInput(s.Serializer):
    ttlSeconds = s.FloatField(min_value=1, max_value=3600)


class Lock(s.Serializer):
    lockId = s.CharField()
    kind = s.CharField()
    id = s.CharField()
    owner = s.CharField()
    token = s.CharField(required=False)
    fencingToken = s.IntegerField()
    acquiredAt = s.DateTimeField()
    expiresAt = s.DateTimeField()


class CacheInvalidation(s.Serializer):
    key = s.CharField(required=False, max_length=300, help_text="Either this…")
    category = s.ChoiceField(
        ("agent_state", "research_state", "verification_state", "verifications"),
        required=False,
        help_text="…or this.",
    )


class CacheInvalidated(s.Serializer):
    removed = s.IntegerField(help_text="Entries of the instance that answers, and of Redis.")


class CacheLevel(s.Serializer):
    hits = s.IntegerField()
    misses = s.IntegerField()
    hitRate = s.FloatField()
    entries = s.IntegerField()
    bytes = s.IntegerField()
    maxBytes = s.IntegerField()
    ttlSeconds = s.IntegerField()
    evictions = s.IntegerField()


class SharedCacheLevel(CacheLevel):
    available = s.BooleanField()


class DatabaseLevel(s.Serializer):
    reads = s.IntegerField()


class CacheLevels(s.Serializer):
    L1 = CacheLevel()
    L2 = SharedCacheLevel()
    L3 = DatabaseLevel()


class CacheFigures(s.Serializer):
    hitRate = s.FloatField()
    levels = CacheLevels()


class InstanceCacheFigures(CacheFigures):
    instance = s.CharField()
    startedAt = s.DateTimeField()
    workers = s.IntegerField()


class CacheReport(CacheFigures):
    instances = InstanceCacheFigures(many=True)


Difference = inline_serializer(
    "Difference",
    {
        "from": s.IntegerField(),
        "to": s.IntegerField(),
        "oldValues": s.DictField(),
        "newValues": s.DictField(),
    },
)
