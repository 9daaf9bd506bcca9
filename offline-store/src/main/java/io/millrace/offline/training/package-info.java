/** What a model learns from: the vectors it would have been given, with what came of each. */
package io.millrace.offline.training;
