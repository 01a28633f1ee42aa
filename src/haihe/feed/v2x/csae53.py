"""The message set of the Chinese standards: BSM, MAP, RSM, SPAT and RSI.

Source: T/CSAE 53-2017 and YD/T 3709-2020, day one. Names are the standard's, so that its text can
be read beside this one.
"""

from typing import Final

from haihe.feed.v2x.csae53_parts import (
    ACCELERATION,
    CONFIDENCE,
    COUNT,
    GROWS,
    HEADING,
    LANE_ID,
    LANE_WIDTH,
    MILLISECONDS,
    MINUTE_OF_YEAR,
    MOTION_CONFIDENCE,
    NAME,
    OFFSET,
    PHASE_ID,
    POSITION,
    POSITION_ACCURACY,
    POSITION_CONFIDENCE,
    RADIUS,
    SPEED,
    STEERING_ANGLE,
    TEMPORARY_ID,
    TIME_CONFIDENCE,
    TIME_MARK,
    TRANSMISSION,
    VEHICLE_CLASS,
    VEHICLE_SIZE,
    choice,
    names,
    sequence,
)
from haihe.feed.v2x.types import BitString, Characters, Integer, ListOf, Octets
from haihe.feed.v2x.uper import Codec, codec_of

# A vehicle's own message.
_OFF_ON = "unavailable off on"
BRAKES = sequence(
    brakePadel=(names(_OFF_ON),),
    wheelBrakes=(BitString(5),),
    traction=(names(f"{_OFF_ON} engaged"),),
    abs=(names(f"{_OFF_ON} engaged"),),
    scs=(names(f"{_OFF_ON} engaged"),),
    brakeBoost=(names(_OFF_ON),),
    auxBrakes=(names(f"{_OFF_ON} reserved"),),
)
FULL_POSITION = sequence(
    GROWS,
    utcTime=(
        sequence(
            year=(Integer(0, 4_095),),
            month=(Integer(0, 12),),
            day=(Integer(0, 31),),
            hour=(Integer(0, 24),),
            minute=(Integer(0, 60),),
            second=(MILLISECONDS,),
            offset=(Integer(-720, 721),),
        ),
    ),
    pos=POSITION,
    heading=(HEADING,),
    transmission=(TRANSMISSION,),
    speed=(SPEED,),
    posAccuracy=(POSITION_ACCURACY,),
    posConficence=(POSITION_CONFIDENCE,),  # Spelt so in the standard.
    timeConfidence=(TIME_CONFIDENCE,),
    motionCfd=(MOTION_CONFIDENCE,),
)
PATH_HISTORY = sequence(
    GROWS,
    initialPosition=(FULL_POSITION,),
    currGNSSstatus=(BitString(8),),
    crumbData=ListOf(
        sequence(
            GROWS,
            llvOffset=OFFSET,
            timeOffset=Integer(1, 65_535),
            speed=(SPEED,),
            posAccuracy=(POSITION_CONFIDENCE,),
            heading=(Integer(0, 240),),
        ),
        1,
        23,
    ),
)
BSM = sequence(
    GROWS,
    msgCnt=COUNT,
    id=TEMPORARY_ID,
    secMark=MILLISECONDS,
    timeConfidence=(TIME_CONFIDENCE,),
    pos=POSITION,
    posAccuracy=(POSITION_ACCURACY,),
    posConfidence=(POSITION_CONFIDENCE,),
    transmission=TRANSMISSION,
    speed=SPEED,
    heading=HEADING,
    angle=(STEERING_ANGLE,),
    motionCfd=(MOTION_CONFIDENCE,),
    accelSet=ACCELERATION,
    brakes=BRAKES,
    size=VEHICLE_SIZE,
    vehicleClass=VEHICLE_CLASS,
    safetyExt=(
        sequence(
            GROWS,
            events=(BitString(13, grows=True),),
            pathHistory=(PATH_HISTORY,),
            pathPrediction=(
                sequence(GROWS, radiusOfCurve=Integer(-32_767, 32_767), confidence=CONFIDENCE),
            ),
            lights=(BitString(9, grows=True),),
        ),
    ),
    emergencyExt=(
        sequence(
            GROWS,
            responseType=(
                names(
                    "notInUseOrNotEquipped emergency nonEmergency pursuit stationary slowMoving "
                    "stopAndGoMovement",
                    GROWS,
                ),
            ),
            sirenUse=(names("unavailable notInUse inUse reserved"),),
            lightsUse=(
                names(
                    "unavailable notInUse inUse yellowCautionLights schooldBusLights "
                    "arrowSignsActive slowMovingVehicle freqStops"
                ),
            ),
        ),
    ),
)

# The roads.
NODE_ID = sequence(region=(Integer(0, 65_535),), id=Integer(0, 65_535))
POINTS = ListOf(sequence(GROWS, posOffset=OFFSET), 2, 31)
SPEED_LIMITS = ListOf(
    sequence(
        type=names(
            "unknown maxSpeedInSchoolZone maxSpeedInSchoolZoneWhenChildrenArePresent "
            "maxSpeedInConstructionZone vehicleMinSpeed vehicleMaxSpeed vehicleNightMaxSpeed "
            "truckMinSpeed truckMaxSpeed truckNightMaxSpeed vehiclesWithTrailersMinSpeed "
            "vehiclesWithTrailersMaxSpeed vehiclesWithTrailersNightMaxSpeed",
            GROWS,
        ),
        speed=SPEED,
    ),
    1,
    9,
)
MANEUVERS = BitString(12)
LANE = sequence(
    GROWS,
    laneID=LANE_ID,
    laneWidth=(LANE_WIDTH,),
    laneAttributes=(
        sequence(
            shareWith=(BitString(10),),
            laneType=choice(
                GROWS,
                vehicle=BitString(8, grows=True),
                crosswalk=BitString(16),
                bikeLane=BitString(16),
                sidewalk=BitString(16),
                median=BitString(16),
                striping=BitString(16),
                trackedVehicle=BitString(16),
                parking=BitString(16),
            ),
        ),
    ),
    maneuvers=(MANEUVERS,),
    connectsTo=(
        ListOf(
            sequence(
                remoteIntersection=NODE_ID,
                connectingLane=(sequence(lane=LANE_ID, maneuver=(MANEUVERS,)),),
                phaseId=(PHASE_ID,),
            ),
            1,
            16,
        ),
    ),
    speedLimits=(SPEED_LIMITS,),
    points=(POINTS,),
)
LINK = sequence(
    GROWS,
    name=(NAME,),
    upstreamNodeId=NODE_ID,
    speedLimits=(SPEED_LIMITS,),
    linkWidth=(LANE_WIDTH,),
    points=(POINTS,),
    movements=(ListOf(sequence(remoteIntersection=NODE_ID, phaseId=(PHASE_ID,)), 1, 32),),
    lanes=ListOf(LANE, 1, 32),
)
NODE = sequence(GROWS, name=(NAME,), id=NODE_ID, refPos=POSITION, inLinks=(ListOf(LINK, 1, 32),))
MAP = sequence(GROWS, msgCnt=COUNT, timeStamp=(MINUTE_OF_YEAR,), nodes=ListOf(NODE, 1, 63))

# Who is on the road, as the roadside sees it.
PARTICIPANT = sequence(
    GROWS,
    ptcType=names("unknown motor non-motor pedestrian rsu", GROWS),
    ptcId=Integer(0, 65_535),
    source=names("unknown selfinfo v2x video microwaveRadar loop lidar integrated", GROWS),
    id=(TEMPORARY_ID,),
    secMark=MILLISECONDS,
    pos=OFFSET,
    posConfidence=POSITION_CONFIDENCE,
    transmission=(TRANSMISSION,),
    speed=SPEED,
    heading=HEADING,
    angle=(STEERING_ANGLE,),
    motionCfd=(MOTION_CONFIDENCE,),
    accelSet=(ACCELERATION,),
    size=VEHICLE_SIZE,
    vehicleClass=(VEHICLE_CLASS,),
)
RSM = sequence(
    GROWS,
    msgCnt=COUNT,
    id=TEMPORARY_ID,
    refPos=POSITION,
    participants=ListOf(PARTICIPANT, 1, 16),
)

# What signals show, and will.
PHASE_STATE = sequence(
    GROWS,
    light=names(
        "unavailable dark flashing-red red flashing-green permissive-green protected-green yellow "
        "flashing-yellow",
        GROWS,
    ),
    timing=(
        choice(
            GROWS,
            counting=sequence(
                startTime=TIME_MARK,
                minEndTime=(TIME_MARK,),
                maxEndTime=(TIME_MARK,),
                likelyEndTime=TIME_MARK,
                timeConfidence=(CONFIDENCE,),
                nextStartTime=(TIME_MARK,),
                nextDuration=(TIME_MARK,),
            ),
            utcTiming=sequence(
                startUTCTime=TIME_MARK,
                minEndUTCTime=(TIME_MARK,),
                maxEndUTCTime=(TIME_MARK,),
                likelyEndUTCTime=TIME_MARK,
                timeConfidence=(CONFIDENCE,),
                nextStartUTCTime=(TIME_MARK,),
                nextEndUTCTime=(TIME_MARK,),
            ),
        ),
    ),
)
INTERSECTION = sequence(
    GROWS,
    intersectionId=NODE_ID,
    status=BitString(16),
    moy=(MINUTE_OF_YEAR,),
    timeStamp=(MILLISECONDS,),
    timeConfidence=(TIME_CONFIDENCE,),
    phases=ListOf(sequence(id=PHASE_ID, phaseStates=ListOf(PHASE_STATE, 1, 16)), 1, 16),
)
SPAT = sequence(
    GROWS,
    msgCnt=COUNT,
    moy=(MINUTE_OF_YEAR,),
    timeStamp=(MILLISECONDS,),
    name=(NAME,),
    intersections=ListOf(INTERSECTION, 1, 32),
)

# What the roadside tells: events and signs.
DESCRIPTION = choice(textString=Characters(1, 512), textGB2312=Octets(2, 512))
TIME_DETAILS = sequence(
    startTime=(MINUTE_OF_YEAR,),
    endTime=(MINUTE_OF_YEAR,),
    endTimeConfidence=(TIME_CONFIDENCE,),
)
PATHS = ListOf(sequence(activePath=ListOf(OFFSET, 1, 32), pathRadius=RADIUS), 1, 8)
LINKS = ListOf(
    sequence(upstreamNodeId=NODE_ID, downstreamNodeId=NODE_ID, referenceLanes=(BitString(16),)),
    1,
    16,
)
PRIORITY = Octets(1, 1)
EVENT = sequence(
    GROWS,
    rteId=Integer(0, 255),
    eventType=Integer(0, 65_535),
    eventSource=names("unknown police government meteorological internet detection", GROWS),
    eventPos=(OFFSET,),
    eventRadius=(RADIUS,),
    description=(DESCRIPTION,),
    timeDetails=(TIME_DETAILS,),
    priority=(PRIORITY,),
    referencePaths=(PATHS,),
    referenceLinks=(LINKS,),
    eventConfidence=(CONFIDENCE,),
)
SIGN = sequence(
    GROWS,
    rtsId=Integer(0, 255),
    signType=Integer(0, 65_535),
    signPos=(OFFSET,),
    description=(DESCRIPTION,),
    timeDetails=(TIME_DETAILS,),
    priority=(PRIORITY,),
    referencePaths=(PATHS,),
    referenceLinks=(LINKS,),
)
RSI = sequence(
    GROWS,
    msgCnt=COUNT,
    moy=(MINUTE_OF_YEAR,),
    id=TEMPORARY_ID,
    refPos=POSITION,
    rtes=(ListOf(EVENT, 1, 8),),
    rtss=(ListOf(SIGN, 1, 16),),
)

FRAME: Final = choice(GROWS, bsmFrame=BSM, mapFrame=MAP, rsmFrame=RSM, spatFrame=SPAT, rsiFrame=RSI)
MESSAGE: Final[Codec] = codec_of(FRAME)
