package libostest

func closes() []scenario       { return nil }
func remoteCloses() []scenario { return nil }
func data() []scenario         { return nil }
func clients() []scenario      { return nil }
func datagrams() []scenario    { return nil }
func memory() []scenario       { return nil }
