/**
 * Retraining: the worker that takes requests, trains and gates a candidate, and rolls it out over
 * the control topic. All that it must remember lies in topics and in the model repository.
 */
package io.millrace.server.retrain;
