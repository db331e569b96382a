# Runs the suite's tests/test_helper.tcl and says on its output which test is running: one that hangs can be named.
#
#   test client ── testing NAME ──> test server ── active_clients_task(...) = (IN PROGRESS) NAME ──> [testing]: NAME
#
# Lines are written as they come, so that nothing is lost when the run is ended.
fconfigure stdout -buffering line
proc announce {array client operation} {
    if {[regexp {^\(IN PROGRESS\) (.*)$} $::active_clients_task($client) -> name]} {
        puts "\[testing\]: $name"
    }
}
trace add variable ::active_clients_task write announce
source tests/test_helper.tcl
