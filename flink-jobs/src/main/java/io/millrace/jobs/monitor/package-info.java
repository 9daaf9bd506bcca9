/**
 * Hops 9 to 11 of the walk: labels meet predictions, panes are counted and reported, and the policy
 * decides.
 */
package io.millrace.jobs.monitor;
