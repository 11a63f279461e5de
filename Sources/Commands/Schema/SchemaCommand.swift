import ArgumentParser
import Pricing
import Report

/// `ccr-audit schema`: what editors check our YAML files with, and what programs may rely on in our JSON.
struct SchemaCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of a pricing file, the configuration, or an output.",
    discussion: """
      An editor with a YAML language server then completes keys, explains them and marks mistakes:

        ccr-audit schema pricing > pricing.schema.json
        # yaml-language-server: $schema=../pricing.schema.json      (first line of a file in pricing/)

      The schemas of outputs (report, history, check) are those of --format json; members may be added to them.
      """)

  @Argument(help: "Of which file or output.")
  var file: File

  func run(in context: Context) throws(CommandFailure) {
    switch file {
    case .pricing: context.output.write(PricingSchema.text)
    case .config: context.output.write(ConfigurationSchema.text)
    case .report: context.output.write(OutputSchemas.report)
    case .history: context.output.write(OutputSchemas.history)
    case .check: context.output.write(OutputSchemas.check)
    }
  }

  enum File: String, CaseIterable, ExpressibleByArgument {
    case pricing
    case config
    case report
    case history
    case check
  }
}
