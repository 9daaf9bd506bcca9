/**
 * The vocabulary: what is observed (sources, events), what is derived (views, features, services)
 * and the values that travel between them. It knows the JDK alone.
 */
package io.millrace.feature;
