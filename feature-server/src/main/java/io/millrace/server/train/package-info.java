/** Training: a point-in-time training set from history, and a model of it in the repository. */
package io.millrace.server.train;
