# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_eap_global_optspecs
    string join \n env= region= profile= project-name= endpoint-url= output= color= q/quiet v/verbose y/yes no-input h/help V/version
end

function __fish_eap_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_eap_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_eap_using_subcommand
    set -l cmd (__fish_eap_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c eap -n "__fish_eap_needs_command" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_needs_command" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_needs_command" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_needs_command" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_needs_command" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_needs_command" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_needs_command" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_needs_command" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_needs_command" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_needs_command" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_needs_command" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_needs_command" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_needs_command" -f -a "deploy" -d 'Bring an environment up, or bring it up to date'
complete -c eap -n "__fish_eap_needs_command" -f -a "destroy" -d 'Stop an environment; its data goes only with --yes'
complete -c eap -n "__fish_eap_needs_command" -f -a "rollback" -d 'Bring an earlier deployment of an environment in AWS back'
complete -c eap -n "__fish_eap_needs_command" -f -a "history" -d 'List the deployments of an environment in AWS'
complete -c eap -n "__fish_eap_needs_command" -f -a "unlock" -d 'Take the lock of an environment\'s state away from somebody who died with it'
complete -c eap -n "__fish_eap_needs_command" -f -a "doctor" -d 'Find out whether an environment in AWS can be worked on and reached'
complete -c eap -n "__fish_eap_needs_command" -f -a "monitor" -d 'Check an environment and give one verdict'
complete -c eap -n "__fish_eap_needs_command" -f -a "logs" -d 'Show the log of an environment'
complete -c eap -n "__fish_eap_needs_command" -f -a "import" -d 'Send orders to an environment over HTTP; resumes where it stopped'
complete -c eap -n "__fish_eap_needs_command" -f -a "build-push" -d 'Build the image of the API and push it; prints its digest'
complete -c eap -n "__fish_eap_needs_command" -f -a "completions" -d 'Print shell completions, or write them with the man pages to a folder'
complete -c eap -n "__fish_eap_needs_command" -f -a "config" -d 'Show the configuration in force'
complete -c eap -n "__fish_eap_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eap -n "__fish_eap_using_subcommand deploy" -l port -d 'Port of the API [default: 8000]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l listen -d 'Address the API listens on [default: 127.0.0.1]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l data -d 'File with your own orders instead of the sample; repeat it for more' -r -F
complete -c eap -n "__fish_eap_using_subcommand deploy" -l database -d 'MySQL or MariaDB server to use [env: DATABASE_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l timeout -d 'How long to wait for /health, such as 90s or 5m [default: 60s]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l image -d 'Image by digest, repository@sha256:…, instead of building one' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l image-from -d 'The image that serves in this environment, instead of building one' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand deploy" -l plan-file -d 'With --plan-only the file to keep the plan in; else the plan to carry out' -r -F
complete -c eap -n "__fish_eap_using_subcommand deploy" -l lock-timeout -d 'How long to wait for somebody else\'s lock of the state [default: not at all]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand deploy" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand deploy" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand deploy" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand deploy" -l skip-build -d 'Build nothing: the image of this commit where it was pushed, else the one that is deployed'
complete -c eap -n "__fish_eap_using_subcommand deploy" -l skip-tests -d 'Do not run the tests of the application before building it'
complete -c eap -n "__fish_eap_using_subcommand deploy" -l plan-only -d 'Show what would be done and change nothing at all'
complete -c eap -n "__fish_eap_using_subcommand deploy" -l detailed-exitcode -d 'With --plan-only: exit code 2 when there is something to do'
complete -c eap -n "__fish_eap_using_subcommand deploy" -l no-rollback -d 'Leave a version that does not serve as it is, to look at it'
complete -c eap -n "__fish_eap_using_subcommand deploy" -l allow-destroy -d 'Agree to plans that destroy a database, a bucket or a key'
complete -c eap -n "__fish_eap_using_subcommand deploy" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand deploy" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand deploy" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand deploy" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand deploy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand deploy" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand destroy" -l confirm -d 'The environment\'s name, instead of typing it' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand destroy" -l lock-timeout -d 'How long to wait for somebody else\'s lock of the state [default: not at all]' -r
complete -c eap -n "__fish_eap_using_subcommand destroy" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand destroy" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand destroy" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand destroy" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand destroy" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand destroy" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand destroy" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand destroy" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand destroy" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand destroy" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand destroy" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand destroy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand destroy" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand rollback" -l to -d 'Number of the deployment [default: the good one before]' -r
complete -c eap -n "__fish_eap_using_subcommand rollback" -l timeout -d 'How long the rollout may take, such as 90s or 5m [default: 15m]' -r
complete -c eap -n "__fish_eap_using_subcommand rollback" -l lock-timeout -d 'How long to wait for somebody else\'s lock of the state [default: not at all]' -r
complete -c eap -n "__fish_eap_using_subcommand rollback" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand rollback" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand rollback" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand rollback" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand rollback" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand rollback" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand rollback" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand rollback" -l allow-destroy -d 'Agree to plans that destroy a database, a bucket or a key'
complete -c eap -n "__fish_eap_using_subcommand rollback" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand rollback" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand rollback" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand rollback" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand rollback" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand history" -l limit -d 'How many, the newest first' -r
complete -c eap -n "__fish_eap_using_subcommand history" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand history" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand history" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand history" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand history" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand history" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand history" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand history" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand history" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand history" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand history" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand history" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand unlock" -l id -d 'Id of the lock' -r
complete -c eap -n "__fish_eap_using_subcommand unlock" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand unlock" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand unlock" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand unlock" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand unlock" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand unlock" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand unlock" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand unlock" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand unlock" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand unlock" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand unlock" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand unlock" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand unlock" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand doctor" -l timeout -d 'With --inside: how long the task may take' -r
complete -c eap -n "__fish_eap_using_subcommand doctor" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand doctor" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand doctor" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand doctor" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand doctor" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand doctor" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand doctor" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand doctor" -l inside -d 'Look at the database from inside, by a task of its own'
complete -c eap -n "__fish_eap_using_subcommand doctor" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand doctor" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand doctor" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand doctor" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand monitor" -l window -d 'On this machine: time over which rates are measured [default: 1s]' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l fail-on -d 'The same, but only from this verdict on' -r -f -a "degraded\t'Anything but healthy'
unhealthy\t'Unhealthy or unknown'"
complete -c eap -n "__fish_eap_using_subcommand monitor" -l report -d 'Write what was seen, in AWS with the last hour\'s figures, into one HTML page; with --continuous at each look' -r -F
complete -c eap -n "__fish_eap_using_subcommand monitor" -l interval -d 'With --continuous or --until: time between two looks' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l until -d 'Look again and again until the verdict is this one' -r -f -a "healthy\t'Everything is well'
unhealthy\t'Something is wrong'"
complete -c eap -n "__fish_eap_using_subcommand monitor" -l timeout -d 'With --until: give up after this time' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l on-change -d 'With --continuous: run this in a shell when the verdict changes or more goes wrong, with the report on its standard input' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand monitor" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand monitor" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand monitor" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand monitor" -l detailed -d 'In AWS: the last hour\'s metrics as well, availability against the objective, costs, and sizes that would do'
complete -c eap -n "__fish_eap_using_subcommand monitor" -l exit-code -d 'Let the exit code be the verdict: 0, 3, 4 or 5'
complete -c eap -n "__fish_eap_using_subcommand monitor" -l continuous -d 'Look again and again'
complete -c eap -n "__fish_eap_using_subcommand monitor" -l lines -d 'With --continuous: a line for each change also on a terminal, instead of the live screen'
complete -c eap -n "__fish_eap_using_subcommand monitor" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand monitor" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand monitor" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand monitor" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand monitor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand monitor" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand logs" -l since -d 'Only lines of the last such time, for example 10m, 2h or 1d' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l until -d 'Only lines before this instant, such as 2026-11-23T10:00:00Z, or so long ago' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -s n -l lines -d 'Only so many lines before those to come [default: 100, or all with --since; in AWS those of ten minutes]' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l grep -d 'Only lines that this regular expression finds' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l exclude -d 'No lines that this regular expression finds' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l highlight -d 'Make what this regular expression finds stand out' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l level -d 'Only lines of at least this level; lines that tell none are kept' -r -f -a "trace\t'Everything'
debug\t'For those who look for an error'
info\t'What happens'
warn\t'What should not happen'
error\t'What failed'"
complete -c eap -n "__fish_eap_using_subcommand logs" -l request-id -d 'Only lines about this request; in AWS at the gateway, the load balancer and in the API' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l look -d 'How lines look to people' -r -f -a "short\t'Task, time, level, message, fields'
full\t'The same with the whole name of the stream'
raw\t'As it was logged'"
complete -c eap -n "__fish_eap_using_subcommand logs" -l source -d 'Whose lines, with commas between them [default: api,migrate]' -r -f -a "api\t'The API'
migrate\t'Migrations before a new version serves'
lambda\t'The functions: alarms to Slack, nightly fits'
gateway\t'Requests at the gateway'
alb\t'Requests at the load balancer, which AWS writes to a bucket every five minutes'
firewall\t'The firewall in front of the load balancer'
flow\t'Connections in the network'
database\t'The database: errors, slow queries, audit'"
complete -c eap -n "__fish_eap_using_subcommand logs" -l filter -d 'Only what this filter pattern of CloudWatch Logs finds, at AWS' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l task -d 'Only lines of this task, by its id or the beginning of it' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l overlap -d 'With -f: how late a line may come and still be shown [default: 60s]' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l interval -d 'With -f: time between two looks [default: 2s]' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l insights -d 'Ask CloudWatch Logs Insights; AWS charges by the bytes it scans' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand logs" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand logs" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand logs" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand logs" -s f -l follow -d 'Go on with the lines to come, over restarts and deploys'
complete -c eap -n "__fish_eap_using_subcommand logs" -l stats -d 'Count lines by level and requests by route, with their rates, instead of showing them'
complete -c eap -n "__fish_eap_using_subcommand logs" -l no-live-tail -d 'With -f: never use Live Tail, which AWS takes money for'
complete -c eap -n "__fish_eap_using_subcommand logs" -l previous -d 'The last lines of tasks that stopped, with reason and exit code; -n says how many [default: 20]'
complete -c eap -n "__fish_eap_using_subcommand logs" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand logs" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand logs" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand logs" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand logs" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand import" -l url -d 'Base URL of an API, instead of that of an environment' -r
complete -c eap -n "__fish_eap_using_subcommand import" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand import" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand import" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand import" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand import" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand import" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand import" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand import" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand import" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand import" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand import" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand import" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand build-push" -l builder -d 'Who builds' -r -f -a "auto\t'The host\'s Rust toolchain when it can build for the platform, else Docker'
native\t'The host\'s Rust toolchain; no Docker is needed'
docker\t'The Docker engine, with api/Dockerfile'"
complete -c eap -n "__fish_eap_using_subcommand build-push" -l platform -d 'Processor of the machines that run it [default: infrastructure.cpu_architecture of the configuration, else linux/amd64]' -r -f -a "linux/amd64\t'Intel and AMD'
linux/arm64\t'Graviton and other ARM'"
complete -c eap -n "__fish_eap_using_subcommand build-push" -l registry -d 'Registry instead of that of the AWS account, as host:port or host/prefix' -r
complete -c eap -n "__fish_eap_using_subcommand build-push" -l repository -d 'Name of the repository instead of that of the configuration' -r
complete -c eap -n "__fish_eap_using_subcommand build-push" -l tag -d 'Tag instead of the git commit' -r
complete -c eap -n "__fish_eap_using_subcommand build-push" -l output-oci -d 'Write the image into this folder, in the OCI layout, instead of pushing it' -r -F
complete -c eap -n "__fish_eap_using_subcommand build-push" -l fail-on -d 'Severity from which a scan fails [default: image.scan.fail_on of the configuration]' -r -f -a "critical\t'Critical findings only'
high\t'High and worse'
medium\t'Medium and worse'
low\t'Low and worse'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand build-push" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand build-push" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand build-push" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand build-push" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand build-push" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand build-push" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand build-push" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand build-push" -l load -d 'Put the image into the Docker engine of this machine instead of pushing it'
complete -c eap -n "__fish_eap_using_subcommand build-push" -l allow-dirty -d 'Publish for staging and prod although files differ from the commit'
complete -c eap -n "__fish_eap_using_subcommand build-push" -l create-repository -d 'Create the repository when it is missing'
complete -c eap -n "__fish_eap_using_subcommand build-push" -l scan -d 'Wait for a scan for known vulnerabilities'
complete -c eap -n "__fish_eap_using_subcommand build-push" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand build-push" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand build-push" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand build-push" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand build-push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand build-push" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand completions" -l write -d 'Write the completions of every shell, and man pages in its folder `man`, to this folder' -r -F
complete -c eap -n "__fish_eap_using_subcommand completions" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand completions" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand completions" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand completions" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand completions" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand completions" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand completions" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand completions" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand completions" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand completions" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand completions" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand completions" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -f -a "show" -d 'Show every setting of an environment'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -f -a "tfvars" -d 'Print the variables of Terraform for an environment'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -f -a "backend" -d 'Print where Terraform keeps the state of an environment'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -f -a "schema" -d 'Print the JSON Schema of configuration files'
complete -c eap -n "__fish_eap_using_subcommand config; and not __fish_seen_subcommand_from show tfvars backend schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Tell where each value comes from'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from tfvars" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from backend" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l env -d 'Environment to work on' -r -f -a "local\t'This machine'
dev\t'Development, in AWS'
staging\t'Staging, in AWS'
prod\t'Production, in AWS'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l region -d 'AWS region [env: AWS_REGION]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l profile -d 'AWS profile [env: AWS_PROFILE]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l project-name -d 'Name of the project; part of the names of its resources' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l endpoint-url -d 'Called instead of AWS [env: AWS_ENDPOINT_URL]' -r
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l output -d 'Form of the result on standard output' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l color -d 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Say nothing but results and errors'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Say more: what is run, with which settings'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -s y -l yes -d 'Agree beforehand to what cannot be undone'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -l no-input -d 'Never ask a question, even on a terminal'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from schema" -s V -l version -d 'Print version'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting of an environment'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "tfvars" -d 'Print the variables of Terraform for an environment'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "backend" -d 'Print where Terraform keeps the state of an environment'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "schema" -d 'Print the JSON Schema of configuration files'
complete -c eap -n "__fish_eap_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "deploy" -d 'Bring an environment up, or bring it up to date'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "destroy" -d 'Stop an environment; its data goes only with --yes'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "rollback" -d 'Bring an earlier deployment of an environment in AWS back'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "history" -d 'List the deployments of an environment in AWS'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "unlock" -d 'Take the lock of an environment\'s state away from somebody who died with it'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "doctor" -d 'Find out whether an environment in AWS can be worked on and reached'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "monitor" -d 'Check an environment and give one verdict'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "logs" -d 'Show the log of an environment'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "import" -d 'Send orders to an environment over HTTP; resumes where it stopped'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "build-push" -d 'Build the image of the API and push it; prints its digest'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "completions" -d 'Print shell completions, or write them with the man pages to a folder'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "config" -d 'Show the configuration in force'
complete -c eap -n "__fish_eap_using_subcommand help; and not __fish_seen_subcommand_from deploy destroy rollback history unlock doctor monitor logs import build-push completions config help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eap -n "__fish_eap_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show every setting of an environment'
complete -c eap -n "__fish_eap_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "tfvars" -d 'Print the variables of Terraform for an environment'
complete -c eap -n "__fish_eap_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "backend" -d 'Print where Terraform keeps the state of an environment'
complete -c eap -n "__fish_eap_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "schema" -d 'Print the JSON Schema of configuration files'
