"""The core @context: the standard's own terms, which no other context can change.

The table keeps what expansion of entities needs: which term is which IRI, and whose values are
terms themselves. How JSON-LD would build lists and typed values of it is not kept: documents here
stay in the standard's own normalised form.

Source: ETSI GS CIM 009 V1.8.1, Annex B.
"""

from collections.abc import Mapping
from typing import Final

NGSI: Final = "https://uri.etsi.org/ngsi-ld/"
GEOJSON: Final = "https://purl.org/geojson/vocab#"
DEFAULT: Final = NGSI + "default-context/"  # Where a term goes that no context knows.
CORE_URL: Final = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"

_OWN: Final = """
Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration
Date DateTime EntityType EntityTypeInfo EntityTypeList GeoProperty JsonProperty LanguageProperty
ListProperty ListRelationship Notification Property Relationship Subscription TemporalProperty Time
VocabProperty accept attributeList attributeName attributeNames attributeTypes attributes attrs avg
cacheDuration contextSourceAlias contextSourceExtras contextSourceInfo contextSourceTimeAt
contextSourceUptime cooldown createdAt csf data datasetId deletedAt detail distinctCount endAt
endTimeAt endpoint entities entity entityCount entityId entityList error errors expiresAt format
geoQ geoproperty georel idPattern information instanceId isActive join jsonKeys jsons lang
lastFailure lastNotification lastSuccess linkedMaps localOnly location management
managementInterval max min mode modifiedAt notUpdated notification notificationTrigger notifiedAt
notifierInfo observationInterval observationSpace observedAt omit operationSpace operations pick
propertyNames q reason receiverInfo refreshRate registrationId registrationName relationshipNames
scope scopeQ showChanges startAt status stddev subscriptionId subscriptionName success sum sumsq
sysAttrs temporalQ tenant throttling timeAt timeInterval timeout timeproperty timerel timesFailed
timesSent totalCount triggerReason typeList typeName typeNames unchanged unitCode updated uri
watchedAttributes
"""
_HAVING: Final = """
dataset:hasDataset entityMap:hasEntityMap json:hasJSON joinLevel:hasJoinLevel key:hasKey
languageMap:hasLanguageMap languageMaps:hasLanguageMaps object:hasObject objectList:hasObjectList
objectType:hasObjectType objects:hasObjects objectsLists:hasObjectsLists
previousJson:hasPreviousJson previousLanguageMap:hasPreviousLanguageMap
previousObject:hasPreviousObject previousObjectList:hasPreviousObjectList
previousValue:hasPreviousValue previousValueList:hasPreviousValueList
previousVocab:hasPreviousVocab value:hasValue valueList:hasValueList valueLists:hasValueLists
values:hasValues vocab:hasVocab vocabs:hasVocabs containedBy:isContainedBy
"""
_GEOJSON: Final = """
Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon
Point Polygon bbox coordinates features geometry properties
"""


def _terms() -> Mapping[str, str]:
    terms = {"ngsi-ld": NGSI, "geojson": GEOJSON, "id": "@id", "type": "@type"}
    terms |= {name: NGSI + name for name in _OWN.split()}
    terms |= {name: GEOJSON + name for name in _GEOJSON.split()}
    pairs = (pair.partition(":") for pair in _HAVING.split())
    terms |= {name: NGSI + meaning for name, _, meaning in pairs}
    terms["description"] = "http://purl.org/dc/terms/description"
    terms["title"] = "http://purl.org/dc/terms/title"
    return terms


CORE_TERMS: Final = _terms()
GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)
