import ArgumentParser

/// The option that says whose jobs are meant.
struct ManagerOptions: ParsableArguments {
  @Flag(help: "The machine's systemd with a user of its own, instead of yours.")
  var system = false
}

/// What the machine-wide unit needs besides.
struct SystemOptions: ParsableArguments {
  @Option(help: "With --system: a group that may read the router's logs.")
  var group: String?

  @Option(help: "With --system: the file that holds the webhook's URL.", completion: .file())
  var credential: String?
}
