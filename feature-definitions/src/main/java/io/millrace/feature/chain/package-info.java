/**
 * Views that build on views: what the columns of a view's events are, and in which order views are
 * computed. Stream, training set and parity follow the same graph.
 */
package io.millrace.feature.chain;
