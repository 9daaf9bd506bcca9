/**
 * What answers requests: the lookup of a service's features in one round trip, and the one server
 * that speaks REST and gRPC. {@code ServeServer} is the composition root; {@code FeatureServing}
 * and what it takes and gives know nothing of HTTP.
 */
package io.millrace.server.serve;
