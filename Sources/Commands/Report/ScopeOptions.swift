import ArgumentParser
package import Model

/// The options that name which traffic counts.
struct ScopeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which traffic: through a router, straight to its provider, or all.",
      discussion: "Without it routed traffic, or direct traffic where nothing was routed.", valueName: "scope"))
  var scope: TrafficScope?

  @Flag(help: "The same as --scope direct; with --routed, --scope all.")
  var direct = false

  @Flag(help: "The same as --scope routed.")
  var routed = false

  func validate() throws {
    if scope != nil, direct || routed {
      throw ValidationError("Name the traffic in one way: --scope, or --direct and --routed.")
    }
  }

  private var named: TrafficScope? {
    switch (direct, routed) {
    case (true, true): .all
    case (true, false): .direct
    case (false, true): .routed
    case (false, false): scope
    }
  }

  var flags: [FlagValue] { named.map { [FlagValue(\.scope, "--scope", [$0.rawValue])] } ?? [] }
}

extension TrafficScope: ExpressibleByArgument {}
