/**
 * What stands before every service: who may ask (tokens), over what (TLS), how long it may take
 * (deadlines), how many at once (admission) and how much (size). It knows requests, no features.
 */
package io.millrace.server.guard;
