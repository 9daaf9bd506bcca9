/**
 * When to train a model again: hop 11 of the walk. Pure functions of records and a state; no
 * engine, no clock, no files.
 */
package io.millrace.inference.policy;
