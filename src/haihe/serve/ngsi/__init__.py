"""NGSI-LD at ``/ngsi-ld/v1``: entities of the standard in, records of the house kept, and back.

Source: ETSI GS CIM 009 V1.8.1, NGSI-LD API.
"""
