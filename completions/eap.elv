
use builtin;
use str;

set edit:completion:arg-completer[eap] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'eap'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'eap'= {
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand deploy 'Bring an environment up, or bring it up to date'
            cand destroy 'Stop an environment; its data goes only with --yes'
            cand rollback 'Bring an earlier deployment of an environment in AWS back'
            cand history 'List the deployments of an environment in AWS'
            cand unlock 'Take the lock of an environment''s state away from somebody who died with it'
            cand monitor 'Check an environment and give one verdict'
            cand logs 'Show the log of an environment'
            cand import 'Send orders to an environment over HTTP; resumes where it stopped'
            cand build-push 'Build the image of the API and push it; prints its digest'
            cand completions 'Print shell completions, or write them with the man pages to a folder'
            cand config 'Show the configuration in force'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'eap;deploy'= {
            cand --port 'Port of the API [default: 8000]'
            cand --listen 'Address the API listens on [default: 127.0.0.1]'
            cand --data 'File with your own orders instead of the sample; repeat it for more'
            cand --database 'MySQL or MariaDB server to use [env: DATABASE_URL]'
            cand --timeout 'How long to wait for /health, such as 90s or 5m [default: 60s]'
            cand --image 'Image by digest, repository@sha256:…, instead of building one'
            cand --image-from 'The image that serves in this environment, instead of building one'
            cand --plan-file 'With --plan-only the file to keep the plan in; else the plan to carry out'
            cand --lock-timeout 'How long to wait for somebody else''s lock of the state [default: not at all]'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand --skip-tests 'Do not run the tests of the application before building it'
            cand --plan-only 'Show what would be done and change nothing at all'
            cand --detailed-exitcode 'With --plan-only: exit code 2 when there is something to do'
            cand --no-rollback 'Leave a version that does not serve as it is, to look at it'
            cand --allow-destroy 'Agree to plans that destroy a database, a bucket or a key'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;destroy'= {
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;rollback'= {
            cand --to 'Number of the deployment [default: the good one before]'
            cand --timeout 'How long the rollout may take, such as 90s or 5m [default: 15m]'
            cand --lock-timeout 'How long to wait for somebody else''s lock of the state [default: not at all]'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand --allow-destroy 'Agree to plans that destroy a database, a bucket or a key'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;history'= {
            cand --limit 'How many, the newest first'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;unlock'= {
            cand --id 'Id of the lock'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;monitor'= {
            cand --window 'Time over which rates are measured [default: 1s]'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand --exit-code 'Let the exit code be the verdict: 0, 3, 4 or 5'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;logs'= {
            cand --since 'Only lines of the last such time, for example 10m or 2h'
            cand -n 'Only so many lines before those to come [default: 100, or all with --since; in AWS those of ten minutes]'
            cand --lines 'Only so many lines before those to come [default: 100, or all with --since; in AWS those of ten minutes]'
            cand --source 'Whose lines, with commas between them [default: api,migrate]'
            cand --until 'Only lines before this instant, such as 2026-11-23T10:00:00Z, or so long ago'
            cand --filter 'Only what this filter pattern of CloudWatch Logs finds, at AWS'
            cand --grep 'Only lines that this regular expression finds'
            cand --exclude 'No lines that this regular expression finds'
            cand --highlight 'Make what this regular expression finds stand out'
            cand --level 'Only lines of at least this level; lines that tell none are kept'
            cand --task 'Only lines of this task, by its id or the beginning of it'
            cand --request-id 'Only lines about this request, at the gateway and in the API'
            cand --look 'How lines look to people'
            cand --overlap 'With -f: how late a line may come and still be shown'
            cand --interval 'With -f: time between two looks'
            cand --insights 'Ask CloudWatch Logs Insights; AWS charges by the bytes it scans'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -f 'Go on with the lines to come, over restarts of the API'
            cand --follow 'Go on with the lines to come, over restarts of the API'
            cand --previous 'The last lines of tasks that stopped, with reason and exit code'
            cand --stats 'Count lines by level and requests by route instead of showing them'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;import'= {
            cand --url 'Base URL of the API; needed for every environment but local'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;build-push'= {
            cand --builder 'Who builds'
            cand --platform 'Processor of the machines that run it'
            cand --registry 'Registry instead of that of the AWS account, as host:port or host/prefix'
            cand --repository 'Name of the repository instead of that of the configuration'
            cand --tag 'Tag instead of the git commit'
            cand --output-oci 'Write the image into this folder, in the OCI layout, instead of pushing it'
            cand --fail-on 'Severity from which a scan fails [default: image.scan.fail_on of the configuration]'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand --load 'Put the image into the Docker engine of this machine instead of pushing it'
            cand --allow-dirty 'Publish for staging and prod although files differ from the commit'
            cand --create-repository 'Create the repository when it is missing'
            cand --scan 'Wait for a scan for known vulnerabilities'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;completions'= {
            cand --write 'Write the completions of every shell, and man pages in its folder `man`, to this folder'
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;config'= {
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand show 'Show every setting of an environment'
            cand tfvars 'Print the variables of Terraform for an environment'
            cand backend 'Print where Terraform keeps the state of an environment'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'eap;config;show'= {
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand --origin 'Tell where each value comes from'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;config;tfvars'= {
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;config;backend'= {
            cand --env 'Environment to work on'
            cand --region 'AWS region [env: AWS_REGION]'
            cand --profile 'AWS profile [env: AWS_PROFILE]'
            cand --project-name 'Name of the project; part of the names of its resources'
            cand --endpoint-url 'Called instead of AWS [env: AWS_ENDPOINT_URL]'
            cand --output 'Form of the result on standard output'
            cand --color 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more: what is run, with which settings'
            cand --verbose 'Say more: what is run, with which settings'
            cand -y 'Agree beforehand to what cannot be undone'
            cand --yes 'Agree beforehand to what cannot be undone'
            cand --no-input 'Never ask a question, even on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'eap;config;help'= {
            cand show 'Show every setting of an environment'
            cand tfvars 'Print the variables of Terraform for an environment'
            cand backend 'Print where Terraform keeps the state of an environment'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'eap;config;help;show'= {
        }
        &'eap;config;help;tfvars'= {
        }
        &'eap;config;help;backend'= {
        }
        &'eap;config;help;help'= {
        }
        &'eap;help'= {
            cand deploy 'Bring an environment up, or bring it up to date'
            cand destroy 'Stop an environment; its data goes only with --yes'
            cand rollback 'Bring an earlier deployment of an environment in AWS back'
            cand history 'List the deployments of an environment in AWS'
            cand unlock 'Take the lock of an environment''s state away from somebody who died with it'
            cand monitor 'Check an environment and give one verdict'
            cand logs 'Show the log of an environment'
            cand import 'Send orders to an environment over HTTP; resumes where it stopped'
            cand build-push 'Build the image of the API and push it; prints its digest'
            cand completions 'Print shell completions, or write them with the man pages to a folder'
            cand config 'Show the configuration in force'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'eap;help;deploy'= {
        }
        &'eap;help;destroy'= {
        }
        &'eap;help;rollback'= {
        }
        &'eap;help;history'= {
        }
        &'eap;help;unlock'= {
        }
        &'eap;help;monitor'= {
        }
        &'eap;help;logs'= {
        }
        &'eap;help;import'= {
        }
        &'eap;help;build-push'= {
        }
        &'eap;help;completions'= {
        }
        &'eap;help;config'= {
            cand show 'Show every setting of an environment'
            cand tfvars 'Print the variables of Terraform for an environment'
            cand backend 'Print where Terraform keeps the state of an environment'
        }
        &'eap;help;config;show'= {
        }
        &'eap;help;config;tfvars'= {
        }
        &'eap;help;config;backend'= {
        }
        &'eap;help;help'= {
        }
    ]
    $completions[$command]
}
