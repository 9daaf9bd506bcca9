package io.millrace.feature;

/**
 * The values of a service for one request.
 *
 * @param service the service's name
 * @param asOfMs the request's event time: nothing in the vector is of that instant or later
 * @param values in the order of the service's features
 */
public record FeatureVector(String service, long asOfMs, Values values) {}
