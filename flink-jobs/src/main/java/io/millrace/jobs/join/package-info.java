/** Where the events of a view meet the values of other views that are joined to them. */
package io.millrace.jobs.join;
