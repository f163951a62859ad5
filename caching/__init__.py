"""HTTP caching as pure decisions: RFC 9111 and friends, eviction policies, the Exchange.

For application code, ``PolicyCache`` and ``ExpiringCache`` are mappings as cachetools has them; ``Guarded``
puts a policy behind an admission rule.
"""

from caching.actions import Action, Fetch, Follow, Gather, Refuse, Relay, Serve
from caching.admission import Guarded, make_admission
from caching.cache import Cache
from caching.entry import Entry
from caching.exchange import Exchange
from caching.expiring import ExpiringCache
from caching.gathering import Gathering
from caching.headers import Headers
from caching.integrity import Digest
from caching.key import cache_key
from caching.mapping import PolicyCache
from caching.messages import Request, ResponseHead
from caching.policies import Policy, make_policy
from caching.purges import Purge, Scope
from caching.ranges import Slice
from caching.reasons import Dropped, Failure, NotStored, Outcome, Reason
from caching.record import Record
from caching.reply import Reply
from caching.settings import CacheSettings

__all__ = [
    "Action",
    "Cache",
    "CacheSettings",
    "Digest",
    "Dropped",
    "Entry",
    "Exchange",
    "ExpiringCache",
    "Failure",
    "Fetch",
    "Follow",
    "Gather",
    "Gathering",
    "Guarded",
    "Headers",
    "NotStored",
    "Outcome",
    "Policy",
    "PolicyCache",
    "Purge",
    "Reason",
    "Record",
    "Refuse",
    "Relay",
    "Reply",
    "Request",
    "ResponseHead",
    "Scope",
    "Serve",
    "Slice",
    "cache_key",
    "make_admission",
    "make_policy",
]
